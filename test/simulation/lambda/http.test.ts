import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type BuildOptions, build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { bundleOptions } from "../../../bin/build/build-functions.ts";
import { type HttpAnswer, type HttpRequest, send } from "../../../functions/aws/http.ts";
import { type Fault, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import { close, listen } from "../../../local/server.ts";
import { SERVICE_FAULTS } from "../../../local/service-faults.ts";
import { type Bundle, compileBundle } from "../../../simulation/lambda/bundle.ts";
import { ExecutionEnvironment } from "../../../simulation/lambda/environment.ts";
import type { Network } from "../../../simulation/lambda/http.ts";
import { SimulatedNetwork } from "../../../simulation/network.ts";
import type { ServiceFaultName } from "../../../simulation/plan.ts";
import type { World } from "../../../simulation/world.ts";
import { answeringNetwork, createWorld } from "../../support/simulated-world.ts";

const HOST = "sqs.us-east-1.amazonaws.com";
const REQUEST: HttpRequest = { method: "POST", headers: { "x-amz-target": "AmazonSQS.SendMessage" }, body: "{}" };
const TIMEOUT = 400;
const OUTPUT = '{"MessageId":"1"}';

/** How a request ends for the functions. */
type Outcome = {
  readonly statusCode?: number;
  readonly text?: string;
  readonly error?: string;
  /** Whether the request is known not to have been seen. */
  readonly isStale?: boolean;
};

function toOutcome(sent: Promise<HttpAnswer>): Promise<Outcome> {
  return sent.then(
    ({ statusCode, body }) => ({ statusCode, text: body.toString() }),
    // An environment has a class of its own for each error.
    ({ name, code, message, cause }: NodeJS.ErrnoException) => ({
      error: (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? message,
      isStale: name === "StaleConnection",
    }),
  );
}

/** `functions/aws/http.ts` as a function whose events are requests. */
let bundle: Bundle;

beforeAll(async () => {
  const options: BuildOptions & { readonly write: false } = {
    ...bundleOptions("callback"),
    entryPoints: [],
    stdin: {
      contents: `import { send } from "./functions/aws/http.ts";
        export const handler = ({ url, request, timeout, maxBytes }) => send(new URL(url), request, timeout, maxBytes);`,
      resolveDir: join(import.meta.dirname, "../../.."),
    },
  };
  const { outputFiles } = await build(options);
  bundle = compileBundle(outputFiles.map(({ text }) => text).join(""), "http");
});

/** What differs from the usual request. */
interface Changes {
  readonly url?: string;
  readonly request?: HttpRequest;
  readonly maxBytes?: number;
}

async function startEnvironment(world: World, network: Network) {
  const environment = new ExecutionEnvironment(
    { bundle, variables: {}, clockError: () => 0, freezesClock: false, onLine: () => {} },
    { ...world, network },
  );
  await world.clock.runUntil(environment.start());
  const request = (changes: Changes = {}) => {
    const event = { url: `https://${HOST}/`, request: REQUEST, timeout: TIMEOUT, ...changes };
    return toOutcome(environment.invoke(event) as Promise<HttpAnswer>);
  };
  return { environment, request };
}

/** Sends a request in the simulation while every call has a fault. */
async function simulate(name: ServiceFaultName): Promise<Outcome & { readonly carriedOut: number }> {
  const world = createWorld();
  let carriedOut = 0;
  const record = { startedAt: world.clock.now(), invocations: [], startCalls: [], lines: [] };
  const network = new SimulatedNetwork({
    ...world,
    services: new Map([
      [
        HOST,
        () => {
          carriedOut += 1;
          return JSON.parse(OUTPUT) as object;
        },
      ],
    ]),
    handler: { answer: () => ({ statusCode: 200, text: OUTPUT }) },
    standbyQueueUrl: "standby",
    deadLetterQueueUrl: "dead letters",
    faults: [{ target: "destination", name, share: 1, from: 0, duration: 86_400_000 }],
    recordOf: () => ({ ...record, id: 1, functionName: "callback", isMisconfigured: false, variables: {} }),
  });
  const { request } = await startEnvironment(world, network);
  const outcome = await world.clock.runUntil(request());
  await world.clock.runUntil(world.clock.sleep(60_000));
  return { ...outcome, carriedOut };
}

describe("The simulated node:http ends a request as Node.js does", () => {
  let service: Server;
  let endpoint: FaultyEndpoint;
  let carriedOut: number;

  beforeAll(async () => {
    service = createServer((_request, response) => {
      carriedOut += 1;
      response.end(OUTPUT);
    });
    endpoint = await startFaultyEndpoint(await listen(service));
  });
  afterAll(async () => {
    await endpoint.close();
    await close(service);
  });
  beforeEach(() => {
    carriedOut = 0;
    // Only those of the request and of the endpoint: the sockets have their own.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => void vi.useRealTimers());

  const sendToEndpoint = () => toOutcome(send(new URL(endpoint.url), REQUEST, TIMEOUT));

  test.each(Object.entries<Fault>(SERVICE_FAULTS))("when the service %s", async (name, fault) => {
    endpoint.fail = () => {
      const isHanging = fault === "hang" || fault === "hang-after-headers";
      const delay = typeof fault === "object" && "delay" in fault ? fault.delay : isHanging ? TIMEOUT : 0;
      // When the endpoint has set its timer.
      setImmediate(() => vi.advanceTimersByTime(delay));
      return fault;
    };
    const real = { ...(await sendToEndpoint()), carriedOut };
    expect(await simulate(name as ServiceFaultName)).toEqual(real);
  });

  test("when the service refuses connections", async () => {
    const closed = createServer();
    const url = new URL(await listen(closed));
    await close(closed);
    const real = { ...(await toOutcome(send(url, REQUEST, TIMEOUT))), carriedOut };
    expect(await simulate("refuses connections")).toEqual(real);
  });

  test("when the other end closed an idle connection", async () => {
    endpoint.fail = () => undefined;
    const connections = endpoint.connections.length;
    const first = await sendToEndpoint();
    endpoint.cut();
    // At once, so that Node.js learns of it only then.
    const [second, third] = [await sendToEndpoint(), await sendToEndpoint()];
    expect([second, third]).toEqual([{ error: "ECONNRESET", isStale: true }, first]);
    expect(endpoint.connections.length - connections).toBeLessThanOrEqual(2);

    const world = createWorld();
    let opened = 0;
    const answering = answeringNetwork(world, 200, OUTPUT);
    const network: Network = {
      ...answering,
      connect: () => {
        opened += 1;
        return 1;
      },
      isStale: (_host, idleMs) => idleMs > 60_000,
    };
    const { environment, request } = await startEnvironment(world, network);
    expect(await world.clock.runUntil(request())).toEqual(first);
    environment.freeze();
    await world.clock.runUntil(world.clock.sleep(61_000));
    environment.thaw();
    expect([await world.clock.runUntil(request()), await world.clock.runUntil(request())]).toEqual([second, third]);
    expect(opened).toBe(2);
  });
});

/** What a server sees of a request. */
interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly isReused: boolean;
}

describe("The simulated node:http sends as Node.js does", () => {
  test.each<[string, HttpRequest]>([
    ["text", REQUEST],
    [
      "bytes, to another path than the URL's, as it is written",
      {
        ...{ method: "POST", path: "/b%7e?Sign=%41&", headers: { "content-type": "application/json" } },
        body: Buffer.from('{"a":"é"}'),
      },
    ],
    ["nothing", { method: "GET", headers: {} }],
  ])("%s, over a connection that stays open", async (_what, request) => {
    const real: Seen[] = [];
    const ports = new Set<number | undefined>();
    const server = createServer(async (incoming, response) => {
      const { method, url: path, headers, socket } = incoming;
      const contentType = headers["content-type"];
      const isReused = ports.has(socket.remotePort);
      ports.add(socket.remotePort);
      real.push({ method, path, contentType, isReused, body: (await buffer(incoming)).toString() });
      response.end(OUTPUT);
    });
    const url = new URL("/a?b=c", await listen(server));
    for (let count = 0; count < 2; count += 1) await send(url, request, 60_000);
    await close(server);

    const world = createWorld();
    const simulated: Seen[] = [];
    const network: Network = {
      ...answeringNetwork(world, 200, OUTPUT),
      exchange: (_environment, { method, path, headers, body, isReused }, respond) => {
        simulated.push({ method, path, contentType: headers["content-type"], isReused, body });
        respond({ statusCode: 200, text: OUTPUT });
      },
    };
    const environment = await startEnvironment(world, network);
    for (let count = 0; count < 2; count += 1) {
      await world.clock.runUntil(environment.request({ url: `https://${HOST}/a?b=c`, request }));
    }
    expect(simulated).toEqual(real);
    expect(simulated.map(({ isReused }) => isReused)).toEqual([false, true]);
  });
});

describe("The simulated node:http ends a request as Node.js does", () => {
  test.each([
    ["as large as it may be", OUTPUT.length, 1],
    ["larger, and does not use its connection again", OUTPUT.length - 1, 2],
  ])("when the answer is %s", async (_what, maxBytes, connections) => {
    let connected = 0;
    const server = createServer((_request, response) => void response.end(OUTPUT));
    server.on("connection", () => {
      connected += 1;
    });
    const url = new URL(await listen(server));
    const real: Outcome[] = [];
    for (let count = 0; count < 2; count += 1) real.push(await toOutcome(send(url, REQUEST, 60_000, maxBytes)));
    await close(server);
    expect(connected).toBe(connections);

    const world = createWorld();
    let opened = 0;
    const connect = () => {
      opened += 1;
      return 1;
    };
    const network: Network = { ...answeringNetwork(world, 200, OUTPUT), connect };
    const { environment, request } = await startEnvironment(world, network);
    const simulated: Outcome[] = [];
    for (let count = 0; count < 2; count += 1) simulated.push(await world.clock.runUntil(request({ maxBytes })));
    expect(simulated).toEqual(real);
    expect([opened, environment.pending]).toEqual([connections, 0]);
  });
});

describe("A simulated connection", () => {
  /** A network that notes what happens, and answers after some milliseconds. */
  function observe(world: World, answersAfter: number, connectsAfter: number | "never" = 1) {
    const seen: string[] = [];
    const network: Network = {
      connect: () => {
        seen.push("connect");
        return connectsAfter;
      },
      isStale: (_host, idleMs) => {
        seen.push(`idle for ${idleMs < 1_000 ? "less" : "more"} than a second`);
        return false;
      },
      exchange: (_environment, _request, respond) => {
        seen.push("request");
        world.clock.after(answersAfter, () => respond({ statusCode: 200, text: OUTPUT }));
      },
    };
    return { seen, network };
  }

  test("is used again, the one used last first", async () => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, 5);
    const { environment, request } = await startEnvironment(world, network);
    await clock.runUntil(Promise.all([request(), request()]));
    expect(seen.splice(0)).toEqual(["connect", "connect", "request", "request"]);
    await clock.runUntil(clock.sleep(2_000).then(() => request()));
    await clock.runUntil(request());
    expect(seen).toEqual([
      ...["idle for more than a second", "request"],
      ...["idle for less than a second", "request"],
    ]);
    expect(environment.pending).toBe(0);
  });

  test("is not used again when its request was given up, whose answer is lost", async () => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, TIMEOUT);
    const { environment, request } = await startEnvironment(world, network);
    const outcomes = [await clock.runUntil(request())];
    await clock.runUntil(clock.sleep(60_000));
    outcomes.push(await clock.runUntil(request()));
    expect(outcomes).toEqual(Array(2).fill({ error: "no answer within 400 ms", isStale: false }));
    expect(seen).toEqual(["connect", "request", "connect", "request"]);
    expect(environment.pending).toBe(0);
  });

  test.each([
    ["given up", (environment: ExecutionEnvironment) => void environment],
    ["sent from an environment that has ended", (environment: ExecutionEnvironment) => environment.end()],
    ["sent from an environment that is frozen", (environment: ExecutionEnvironment) => environment.freeze()],
  ])("carries no request that was %s while it was being opened", async (_what, interfere) => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, 5, TIMEOUT + 1);
    const { environment, request } = await startEnvironment(world, network);
    request();
    interfere(environment);
    await clock.runUntil(clock.sleep(60_000));
    expect(seen).toEqual(["connect"]);
  });

  test("that never opens lets the request time out", async () => {
    const world = createWorld();
    const { seen, network } = observe(world, 5, "never");
    const { environment, request } = await startEnvironment(world, network);
    expect(await world.clock.runUntil(request())).toMatchObject({ error: "no answer within 400 ms" });
    expect([seen, environment.pending]).toEqual([["connect"], 0]);
  });
});
