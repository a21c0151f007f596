import { describe, expect, test } from "vitest";
import { type ApiAnswer, CONTENT_TYPES, HttpApi } from "../../../simulation/lambda/api.ts";
import type { World } from "../../../simulation/world.ts";
import { allDay, createFunction, createWorld } from "../../support/simulated-world.ts";

const REQUEST = {
  ...{ rawQueryString: "Sign=1", body: '{"a":"é"}', contentType: "application/json", sourceIp: "192.0.2.1" },
};
const OK = "const handler = async () => ({ statusCode: 200, body: 'OK' })";

type Options = Parameters<typeof createFunction>[2] & { readonly throttle?: { rate: number; burst: number } };

function createApi(world: World, code = OK, { throttle = { rate: 10, burst: 20 }, ...options }: Options = {}) {
  return new HttpApi(createFunction(world, code, options).lambda, throttle, world);
}

const post = ({ clock }: World, api: HttpApi) => clock.runUntil(api.post(REQUEST));
const statusesOf = (answers: readonly ApiAnswer[]) => answers.map(({ statusCode }) => statusCode);

describe("A simulated HTTP API answers", () => {
  test.each([
    ["what the function returns", OK, 200, "OK"],
    ["an empty body for none", "const handler = async () => ({ statusCode: 503 })", 503, ""],
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    ["200 and the result, if it has no status code", "const handler = async () => ({ a: 1 })", 200, '{"a":1}'],
    [
      "500 if the function fails",
      "const handler = async () => { throw new Error() }",
      500,
      '{"message":"Internal Server Error"}',
    ],
    [
      "500 if the function times out",
      "const handler = () => new Promise(() => {})",
      500,
      '{"message":"Internal Server Error"}',
    ],
  ])("%s", async (_what, code, statusCode, text) => {
    const world = createWorld();
    const answer = await post(world, createApi(world, code));
    expect(answer).toMatchObject({ statusCode, text });
    expect(answer.invocation).toBe(world.history.environments[0]?.invocations[0]);
  });

  test("503 if the function has no concurrency left", async () => {
    const world = createWorld();
    const answer = await post(world, createApi(world, OK, { faults: [allDay("has no concurrency left")] }));
    expect(answer).toEqual({ statusCode: 503, text: '{"message":"Service Unavailable"}', invocation: undefined });
  });

  test("503 after 30 seconds, while the function goes on", async () => {
    const world = createWorld();
    const { clock, history } = world;
    const slow = "const handler = () => new Promise((resolve) => setTimeout(resolve, 40_000))";
    const before = clock.now();
    const answer = await post(world, createApi(world, slow, { timeoutMilliseconds: 60_000 }));
    expect(answer).toEqual({ statusCode: 503, text: '{"message":"Service Unavailable"}', invocation: undefined });
    const elapsed = clock.now() - before;
    // API Gateway itself takes up to 10 ms.
    expect(elapsed > 30_000 && elapsed <= 30_010).toBe(true);
    await clock.runUntil(clock.sleep(60_000));
    expect(history.environments[0]?.invocations.map(({ outcome }) => outcome)).toEqual(["returned"]);
  });
});

describe("A simulated HTTP API throttles", () => {
  test("requests beyond its burst, and as many as its rate allows later", async () => {
    const world = createWorld();
    const { clock } = world;
    const api = createApi(world, OK, { throttle: { rate: 10, burst: 20 } });
    const start = clock.now();
    const taken = [0, 1_000, 1_500, 60_000].map(async (at) => {
      await clock.sleep(at);
      expect(clock.now()).toBe(start + at);
      const answers = await Promise.all(Array.from({ length: 50 }, () => api.post(REQUEST)));
      return statusesOf(answers).filter((status) => status === 200).length;
    });
    expect(await clock.runUntil(Promise.all(taken))).toEqual([20, 10, 5, 20]);
  });

  test("with an answer of its own, without invoking the function", async () => {
    const world = createWorld();
    const api = createApi(world, OK, { throttle: { rate: 1, burst: 1 } });
    const [, answer] = await world.clock.runUntil(Promise.all([api.post(REQUEST), api.post(REQUEST)]));
    expect(answer).toEqual({ statusCode: 429, text: '{"message":"Too Many Requests"}', invocation: undefined });
    expect(world.history.environments.flatMap(({ invocations }) => invocations)).toHaveLength(1);
  });
});

test("A simulated HTTP API hands over the request, as text or encoded", async () => {
  const world = createWorld();
  const echo = "const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })";
  const api = createApi(world, echo);
  const events: Record<string, unknown>[] = [];
  for (const contentType of CONTENT_TYPES) {
    const { text } = await world.clock.runUntil(api.post({ ...REQUEST, contentType }));
    events.push(JSON.parse(text) as Record<string, unknown>);
  }
  expect(events.map(({ isBase64Encoded }) => isBase64Encoded)).toEqual([false, true]);
  expect(new Set(events.map(({ requestContext }) => (requestContext as { requestId: string }).requestId)).size).toBe(2);
  for (const [index, { body, isBase64Encoded, rawQueryString, headers, requestContext }] of events.entries()) {
    expect(Buffer.from(String(body), isBase64Encoded ? "base64" : "utf8").toString()).toBe(REQUEST.body);
    expect(rawQueryString).toBe(REQUEST.rawQueryString);
    expect(headers).toMatchObject({ "content-type": CONTENT_TYPES[index] });
    expect(requestContext).toMatchObject({ http: { method: "POST", sourceIp: REQUEST.sourceIp } });
  }
});
