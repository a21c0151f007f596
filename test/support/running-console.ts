import { request } from "node:http";
import { Journal } from "../../bin/console/journal.ts";
import type { EndpointSettings } from "../../bin/console/judge-again.ts";
import type { CallbackRow, SystemState } from "../../bin/console/protocol.ts";
import { type RunningConsole, startConsole } from "../../bin/console/server.ts";
import { Faults } from "../../local/faults.ts";
import { type LocalSystem, startLocalSystem } from "../../local/local-system.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";

/** A local system with its console. */
export interface ConsoleUnderTest {
  readonly system: LocalSystem;
  readonly console: RunningConsole;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Reads a path as the page does. */
  get(path: string): Promise<Answer>;
  /** Posts JSON as the page does. */
  post(path: string, input?: unknown): Promise<Answer>;
  /** Sends any request. */
  send(options: RawRequest): Promise<Answer>;
  close(): Promise<void>;
}

/** An HTTP request with any headers; `Host` is the console's unless given. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The body as JSON. */
  json<Value>(): Value;
}

/** Starts a local system and its console on free ports. */
export async function startConsoleUnderTest(changes: Partial<EndpointSettings> = {}): Promise<ConsoleUnderTest> {
  const settings = { sdkAppId: SDK_APP_ID, forward: [], ...changes };
  const journal = new Journal(settings);
  const faults = new Faults();
  const system = await startLocalSystem({ ...settings, port: 0, token: TOKEN, faults }, journal);
  const console = await startConsole({ ...settings, system, journal, faults, port: 0 });
  const { origin } = new URL(console.url);
  const send = (options: RawRequest) => sendRaw(console.url, options);
  const json = { origin, "content-type": "application/json" };
  return {
    ...{ system, console, journal, faults, send },
    get: (path) => send({ path }),
    post: (path, input = {}) => send({ method: "POST", path, headers: json, body: JSON.stringify(input) }),
    async close() {
      await console.close();
      await system.close();
    },
  };
}

function sendRaw(url: string, { method = "GET", path, headers = {}, body }: RawRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = "";
      // A stream has no end.
      if (response.headers["content-type"] === "text/event-stream") response.destroy();
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      const { statusCode: status = 0, headers } = response;
      response.on("close", () => resolve({ status, headers, text, json: <Value>() => JSON.parse(text) as Value }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** What a page has learnt from the stream. */
export interface StreamReader {
  /** The latest state. */
  readonly state: SystemState;
  /** The latest rows by their ids, in the order of arrival. */
  readonly rows: ReadonlyMap<string, CallbackRow>;
  /** All that came so far. */
  readonly text: string;
  close(): void;
}

/** Follows the stream as the page does; resolves once everything so far has arrived. */
export async function readStream({ console: { url } }: ConsoleUnderTest): Promise<StreamReader> {
  const ended = new AbortController();
  const response = await fetch(new URL("/api/stream", url), { signal: ended.signal });
  const rows = new Map<string, CallbackRow>();
  const reader = { state: {} as SystemState, rows, text: "", close: () => ended.abort() };
  const first = Promise.withResolvers<void>();
  let rest = "";
  const take = (chunk: string) => {
    reader.text += chunk;
    const events = (rest + chunk).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const [, name, data = ""] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
      if (name === "state") reader.state = JSON.parse(data) as SystemState;
      if (name !== "callbacks") continue;
      for (const row of JSON.parse(data) as CallbackRow[]) rows.set(row.id, row);
      first.resolve();
    }
  };
  const follow = async () => {
    for await (const chunk of response.body ?? []) take(Buffer.from(chunk).toString());
  };
  follow().catch(() => {});
  await first.promise;
  return reader;
}
