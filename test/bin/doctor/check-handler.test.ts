import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { speedFinding } from "../../../bin/doctor/check-handler.ts";
import { readStack } from "../../../bin/doctor/deployed-stack.ts";
import { clientSettings } from "../../../bin/shared/client-settings.ts";
import { close, listen } from "../../../local/server.ts";
import { sign } from "../../../tencent/signature.ts";
import { OK, TOKEN } from "../../support/callbacks.ts";
import { about, type DeployedStack, deployStack, VARIABLES } from "../../support/deployed-stack.ts";
import { beginnings } from "../../support/doctor.ts";
import { type Endpoint, examineHandler, openEndpoint, openEndpoints } from "../../support/relaying.ts";
import { synthesise } from "../../support/stack.ts";

/** The handler's behaviour in the present test. */
let behave: RequestListener;
/** What the handler got: the command, whether it was signed, and the body. */
const received: { readonly command: string | null; readonly isSigned: boolean; readonly body: string }[] = [];
const handler = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url ?? "", "http://x");
  const isSigned = searchParams.get("Sign") === sign(TOKEN, searchParams.get("RequestTime") ?? "");
  if (request.method === "POST") {
    received.push({ command: searchParams.get("CallbackCommand"), isSigned, body: await text(request) });
  }
  behave(request, response);
});
let handlerUrl: string;
let endpoint: Endpoint;

/** Replies only to what is signed, as a handler that verifies. */
function verifying(reply: RequestListener): RequestListener {
  return (request, response) => {
    if (received.at(-1)?.isSigned) reply(request, response);
    else response.writeHead(401).end("{}");
  };
}

function answer(
  status: number,
  body: string | object,
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  const content = typeof body === "string" ? body : JSON.stringify(body);
  return (_request, response) => response.writeHead(status, headers).end(content);
}

beforeAll(async () => {
  behave = answer(404, "");
  handlerUrl = `${await listen(handler)}/chat`;
  endpoint = await openEndpoint();
  await endpoint.start({ RELAY_URL: handlerUrl });
});
afterAll(async () => {
  await endpoint.close();
  await close(handler);
});
beforeEach(() => {
  received.length = 0;
  behave = verifying(answer(200, OK));
});

describe("npm run doctor passes an existing handler", () => {
  test("that verifies signatures, and sends it Verify calls only", async () => {
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl);
    expect(beginnings(lines)).toEqual([
      "ok    connection to the handler",
      "ok    signed Verify to the handler",
      "ok    unsigned Verify to the handler",
    ]);
    expect(lines[2]).toMatch(/: not accepted \(answered with 401\)$/);
    expect(received.map(({ body }) => body)).toEqual(["", ""]);
    expect(exitCode).toBe(0);
  });

  const FORBIDDEN = { ActionStatus: "OK", ErrorCode: 1, ErrorInfo: "" };

  test.each([
    ["allows", OK, "answered with 200, the handler's verdict; an endpoint that does not relay answers the same"],
    ["forbids", FORBIDDEN, "answered with 200, but not OK, the handler's verdict"],
  ])("that %s a message of doctor, directly and through the endpoint", async (_verdict, reply, meaning) => {
    behave = verifying(answer(200, reply));
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl, "--moderate");
    expect(beginnings(lines)).toEqual([
      "ok    connection to the handler",
      "ok    signed message to the handler",
      "ok    unsigned message to the handler",
      "ok    message through the endpoint",
    ]);
    expect(lines[3]).toBe(`ok    message through the endpoint: ${meaning}`);
    expect(received.map(({ command, isSigned }) => ({ command, isSigned }))).toEqual(
      [false, true, true].map((isSigned) => ({ command: "C2C.CallbackBeforeSendMsg", isSigned })),
    );
    for (const { body } of received) expect(JSON.parse(body)).toMatchObject({ From_Account: "doctor" });
    expect(exitCode).toBe(0);
  });

  test("that replies to the endpoint's address only", async () => {
    behave = verifying((request, response) => {
      if (received.length <= 2) answer(403, "{}")(request, response);
      else answer(200, OK)(request, response);
    });
    const { lines } = await examineHandler(endpoint.url, handlerUrl, "--moderate");
    expect(lines.at(-1)).toMatch(/^ok {4}message through the endpoint: answered with 200; an endpoint that does not/);
  });

  test.each([[[]], [["--moderate"]]])("that is another endpoint, whose reply comes back, with %j", async (options) => {
    const [first, second] = await openEndpoints("first", "second");
    await first.start({ RELAY_URL: second.url });
    await second.start({ RELAY_URL: handlerUrl });
    const { lines, exitCode } = await examineHandler(first.url, second.url, ...options);
    // A message signed now would run in a loop for longer.
    expect(lines[1]).toMatch(/^ok {4}signed Verify/);
    expect(lines.at(-1)).toMatch(/^ok {4}message through the endpoint: answered with 200, no loop;/);
    expect(received).toHaveLength(1);
    expect(exitCode).toBe(0);
  });
});

describe("npm run doctor notes", () => {
  test("a handler that accepts unsigned requests", async () => {
    behave = answer(200, OK);
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl);
    expect(lines[2]).toMatch(/^note {2}unsigned Verify to the handler: accepted: .* can post callbacks to it/);
    expect(exitCode).toBe(0);
  });

  test.each([
    ["ok", 1_000],
    ["note", 1_001],
    ["note", 1_600],
    ["FAIL", 1_601],
  ])("or says %s about a reply after %i ms", (verdict, milliseconds) => {
    expect(speedFinding("", milliseconds).verdict).toBe(verdict);
  });

  test.each([
    ["400", 400, "{}", "answered with 400; expected 200 and JSON"],
    ["200 without JSON", 200, "", "answered with 200 and a body that is not JSON; expected 200 and JSON"],
  ])("a handler that answers a Verify with %s, because none is relayed", async (_name, status, body, meaning) => {
    behave = verifying(answer(status, body));
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl);
    expect(lines[1]).toMatch(`note  signed Verify to the handler: ${meaning}. That may be fine`);
    expect(exitCode).toBe(0);
  });

  test("that it may not call the endpoint that is the handler", async () => {
    const [first, second] = await openEndpoints("first", "second");
    await first.start({ RELAY_URL: second.url });
    await second.start({ ALLOWED_SOURCE_CIDRS: "192.0.2.1" });
    const { lines } = await examineHandler(first.url, second.url);
    expect(lines[1]).toMatch(/^note {2}signed Verify to the handler: answered with 403: .* this machine's address/);
  });

  test("that a loop can't be seen where signatures expire too early", async () => {
    const [first, second] = await openEndpoints("first", "second");
    await first.start({ RELAY_URL: second.url, CLOCK_SKEW_SECONDS: "20" });
    await second.start({});
    const { lines, exitCode } = await examineHandler(first.url, second.url);
    expect(lines.at(-1)).toMatch(/^note {2}message through the endpoint: refused, because it was signed 50 s ago/);
    expect(exitCode).toBe(0);
  });
});

describe("npm run doctor FAILs a handler", () => {
  test.each<[string, RequestListener, string, string]>([
    [
      "that redirects",
      (request, response) => answer(302, "", { location: `https://b.example/x${request.url}` })(request, response),
      "answered with 302, a redirect to https://b.example/x/chat, which is not followed",
      "Set relayUrl to",
    ],
    ["with another token", answer(401, "{}"), "answered with 401, although it is signed", "the same token"],
    [
      "that replies with too much",
      answer(200, `"${"x".repeat(65_536)}"`),
      "answered with 200 and more than 64 KiB",
      "#relay-failed",
    ],
    ["that fails", answer(500, "{}"), "answered with 500; expected 200 and JSON", "#relay-failed"],
    [
      "that replies with no JSON",
      answer(200, "<OK>"),
      "answered with 200 and a body that is not JSON; expected 200 and JSON",
      "#relay-failed",
    ],
    ["that hangs up", (request) => request.socket.destroy(), "not answered (", "reachable from the internet"],
  ])("%s", async (_name, reply, meaning, advice) => {
    behave = reply;
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl, "--moderate");
    expect(lines[1]).toMatch(/^FAIL {2}signed message to the handler: /);
    expect(lines[1]).toContain(meaning);
    expect(lines[1]).toContain(advice);
    expect(exitCode).toBe(1);
  });

  test("where nothing listens", async () => {
    const { lines, exitCode } = await examineHandler(endpoint.url, "http://127.0.0.1:1/chat");
    expect(beginnings(lines)).toEqual(["FAIL  connection to the handler"]);
    expect(lines[0]).toContain("with a certificate of a public authority");
    expect(exitCode).toBe(1);
  });

  test("that replies to this machine, but not to the endpoint", async () => {
    behave = verifying((request, response) => {
      if (received.length <= 2) answer(200, OK)(request, response);
      else request.socket.destroy();
    });
    const { lines, exitCode } = await examineHandler(endpoint.url, handlerUrl, "--moderate");
    expect(lines.at(-1)).toMatch(/^FAIL {2}message through the endpoint: answered with 502: the function got no valid/);
    expect(exitCode).toBe(1);
  });

  test("whose verdict the endpoint does not pass on", async () => {
    behave = verifying(answer(200, { ActionStatus: "OK", ErrorCode: 1, ErrorInfo: "" }));
    const [unrelated] = await openEndpoints("unrelated");
    await unrelated.start({});
    const { lines, exitCode } = await examineHandler(unrelated.url, handlerUrl, "--moderate");
    expect(lines.at(-1)).toContain(
      "answered with 200; without the endpoint, the handler answered with 200, but not OK",
    );
    expect(exitCode).toBe(1);
  });
});

describe("npm run doctor -- --stack", () => {
  let deployed: DeployedStack;

  beforeAll(async () => {
    deployed = await deployStack(new URL(endpoint.url).origin, TOKEN);
  });
  afterAll(() => deployed.close());

  const examine = (variables: Readonly<Record<string, string>>) =>
    deployed.examine({ ...deployed.healthy, answers: deployed.answers({ ...VARIABLES, ...variables }) }, "--moderate");

  test("finds the handler in the function's variables", async () => {
    const { checks, exitCode } = await examine({ RELAY_URL: handlerUrl });
    expect(about(checks, "signed message to the handler")).toContain("answered with 200 and JSON");
    expect(about(checks, "message through the endpoint")).toMatch(/, the handler's verdict$/);
    expect(exitCode).toBe(0);
  });

  test("sends no message through the endpoint where none is relayed", async () => {
    const { checks, exitCode } = await examine({ RELAY_URL: handlerUrl, RELAY_COMMANDS: "Group.*, State.*" });
    expect(about(checks, "message through the endpoint")).toMatch(/^note .*: not sent, .* not among relayCommands$/);
    expect(received).toHaveLength(2);
    expect(exitCode).toBe(0);
  });

  test("sends only an unsigned Verify where authentication is 'none'", async () => {
    behave = answer(200, OK);
    const { checks } = await examine({ RELAY_URL: handlerUrl, AUTHENTICATION: "none" });
    expect(about(checks, "unsigned Verify to the handler")).toMatch(/^ok .*: answered with 200 and JSON in /);
    expect(about(checks, "message through the endpoint")).toMatch(/^note .*: not sent, .* authentication is 'none'/);
    expect(received).toEqual([{ command: "C2C.CallbackAfterMsgReport", isSigned: false, body: "" }]);
  });

  test.each<[string, RequestListener, RegExp]>([
    ["notes a handler that verifies signatures", answer(401, "{}"), /^note .*: answered with 401: if Tencent does not/],
    [
      "notes a handler that fails",
      answer(500, "{}"),
      /^note .*: answered with 500; .*, because a Verify is not relayed$/,
    ],
    ["FAILs a handler that hangs up", (request) => request.socket.destroy(), /^FAIL .*: not answered \(/],
  ])("%s where authentication is 'none'", async (_name, reply, finding) => {
    behave = reply;
    const { checks } = await examine({ RELAY_URL: handlerUrl, AUTHENTICATION: "none" });
    expect(about(checks, "unsigned Verify to the handler")).toMatch(finding);
  });

  test("FAILs a loop", async () => {
    const { checks, exitCode } = await examine({ RELAY_URL: endpoint.url });
    expect(about(checks, "loop")).toMatch(/^FAIL .* the endpoint's own URL/);
    expect(exitCode).toBe(1);
  });

  test.each([{}, { RELAY_URL: "" }, { RELAY_URL: "nonsense" }])("checks no handler with %j", async (variables) => {
    const { checks } = await examine(variables);
    expect(checks.join()).not.toContain("handler");
  });

  test("knows the API's own URL next to a domain of the team's", async () => {
    const domain = { domainName: "chat.example", certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" };
    deployed.account.state = { ...deployed.healthy, resources: await deployed.deploy(synthesise({ domain })) };
    const { callbackUrl, apiCallbackUrl } = await readStack("MyStack", undefined, clientSettings("us-east-1"));
    expect({ callbackUrl, apiCallbackUrl }).toEqual({
      callbackUrl: "https://chat.example/callback",
      apiCallbackUrl: endpoint.url,
    });
  });
});
