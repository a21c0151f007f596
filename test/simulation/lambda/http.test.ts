import { createServer, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type HttpRequest, send } from "../../../functions/aws/http.ts";
import { type Fault, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import { close, listen } from "../../../local/server.ts";
import { SERVICE_FAULTS } from "../../../local/service-faults.ts";
import type { Network } from "../../../simulation/lambda/http.ts";
import { SimulatedNetwork } from "../../../simulation/network.ts";
import type { ServiceFaultName } from "../../../simulation/plan.ts";
import {
  HOST,
  OUTPUT,
  type Outcome,
  REQUEST,
  startEnvironment,
  TIMEOUT,
  toOutcome,
} from "../../support/simulated-http.ts";
import { answeringNetwork, createWorld } from "../../support/simulated-world.ts";

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
