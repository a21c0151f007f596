import type { VirtualClock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ExecutionEnvironment } from "./environment.ts";

/** A request that has reached a service. */
export interface ServiceRequest {
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the connection was kept open after an earlier request. */
  readonly isReused: boolean;
}

/** What comes back from a service. */
export type ServiceAnswer =
  | { readonly statusCode: number; readonly text: string }
  /** The connection is reset. */
  | "reset"
  /** The headers of an answer, then nothing more. */
  | "headers-only";

/** What lies between the functions and the services. Times are in milliseconds. */
export interface Network {
  /** How long it takes to connect to a host; `refused` if that fails, `never` if it takes forever. */
  connect(environment: ExecutionEnvironment, host: string): number | "refused" | "never";
  /** Whether a connection that was idle for so long was closed at the other end. */
  isStale(host: string, idleMs: number): boolean;
  /** Carries a request to its service. Calls back with the answer, at most once. */
  exchange(environment: ExecutionEnvironment, request: ServiceRequest, respond: (answer: ServiceAnswer) => void): void;
}

/** The parts of the options and listeners of `node:http` that the functions use. */
interface RequestOptions {
  readonly method: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
}
type Listener = (argument?: unknown) => void;
type OnResponse = (response: { statusCode: number; on(event: string, listener: Listener): void }) => void;

/** How long a request and its answer travel within a region, in milliseconds. */
const FASTEST_MS = 1;
const SLOWEST_MS = 12;

/**
 * The part of `node:http` and `node:https` that `functions/aws/http.ts` uses: requests that are sent at once, over connections
 * that stay open, the one used last first (https://nodejs.org/api/http.html#new-agentoptions).
 *
 * A connection that the other end closed while the environment was frozen fails with the next request, as Node.js learns of it
 * only then (https://nodejs.org/api/http.html#requestreusedsocket).
 */
export function createHttpModule(
  environment: ExecutionEnvironment,
  { clock, network, random }: { readonly clock: VirtualClock; readonly network: Network; readonly random: Random },
) {
  /** When each idle connection was last used, by host. */
  const idle = new Map<string, number[]>();

  function request(url: URL, options: RequestOptions, onResponse: OnResponse) {
    const { host } = url;
    const { method, headers, path = `${url.pathname}${url.search}` } = options;
    const listeners = new Map<string, Listener>();
    /** The listeners that learn of an error: the request's until there is a response, then the response's. */
    let concerned = listeners;
    let isOver = false;
    const finish = () => {
      isOver = true;
      environment.pending -= 1;
    };
    const fail = (code: string) => {
      if (isOver) return;
      finish();
      concerned.get("error")?.(Object.assign(new Error(code), { code }));
    };
    const failLater = (code: string) => {
      clock.after(random.between(FASTEST_MS, SLOWEST_MS), () => environment.resume(() => fail(code)));
    };

    /** How long it takes to get a connection, in milliseconds; `open` if there is one already. */
    function connect(): ReturnType<Network["connect"]> | "open" | "stale" {
      const lastUsed = idle.get(host)?.pop();
      if (lastUsed === undefined) return network.connect(environment, host);
      clientRequest.reusedSocket = true;
      return network.isStale(host, clock.now() - lastUsed) ? "stale" : "open";
    }

    function transmit(body: string): void {
      const travelTime = () => random.between(FASTEST_MS, SLOWEST_MS);
      const sent = { host, method, path, headers, body, isReused: clientRequest.reusedSocket };
      clock.after(travelTime(), () =>
        network.exchange(environment, sent, (answer) => {
          clock.after(travelTime(), () => environment.resume(() => receive(answer)));
        }),
      );
    }

    function receive(answer: ServiceAnswer): void {
      if (isOver) return;
      if (answer === "reset") {
        fail("ECONNRESET");
        return;
      }
      const handlers = new Map<string, Listener>();
      concerned = handlers;
      const statusCode = answer === "headers-only" ? 200 : answer.statusCode;
      onResponse({ statusCode, on: (event, listener) => void handlers.set(event, listener) });
      if (answer === "headers-only") return;
      if (answer.text !== "") handlers.get("data")?.(Buffer.from(answer.text));
      // Who gets more than expected may give up, which closes the connection.
      if (isOver) return;
      finish();
      idle.set(host, [...(idle.get(host) ?? []), clock.now()]);
      handlers.get("end")?.();
    }

    const clientRequest = {
      reusedSocket: false,
      on: (event: string, listener: Listener) => void listeners.set(event, listener),
      /** Tells the listeners afterwards (https://nodejs.org/api/http.html#httprequesturl-options-callback). */
      destroy: () => {
        if (isOver) return;
        finish();
        const error = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        queueMicrotask(() => concerned.get("error")?.(error));
      },
      end(body: string | Buffer = "") {
        if (!environment.step()) return;
        environment.pending += 1;
        const connection = connect();
        if (connection === "open") transmit(body.toString());
        else if (connection === "stale") failLater("ECONNRESET");
        else if (connection === "refused") failLater("ECONNREFUSED");
        else if (connection !== "never") {
          // The request waits until Node.js learns that the connection is open.
          clock.after(connection, () =>
            environment.resume(() => {
              if (!isOver) transmit(body.toString());
            }),
          );
        }
      },
    };
    return clientRequest;
  }

  return { Agent: class {}, request };
}
