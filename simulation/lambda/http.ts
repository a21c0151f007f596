import type { VirtualClock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ExecutionEnvironment } from "./environment.ts";

/** A request that has reached a service. */
export interface ServiceRequest {
  readonly host: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
  readonly headers: Readonly<Record<string, string>>;
}
type Listener = (argument?: unknown) => void;
type OnResponse = (response: { statusCode: number; on(event: string, listener: Listener): void }) => void;

/** How long a request and its answer travel within a region, in milliseconds. */
const FASTEST_MS = 1;
const SLOWEST_MS = 12;

/**
 * The part of `node:http` and `node:https` that `functions/aws/http.ts` uses: requests that are sent at once, over connections
 * that stay open.
 *
 * A connection that the other end closed while the environment was frozen fails with the next request, as Node.js learns of it
 * only then.
 */
export function createHttpModule(
  environment: ExecutionEnvironment,
  { clock, network, random }: { readonly clock: VirtualClock; readonly network: Network; readonly random: Random },
) {
  /** When each idle connection was last used, by host. */
  const idle = new Map<string, number[]>();

  function request(url: URL, { method, headers }: RequestOptions, onResponse: OnResponse) {
    const { host } = url;
    const listeners = new Map<string, Listener>();
    let isOver = false;
    const fail = (code: string) => {
      if (!isOver) listeners.get("error")?.(Object.assign(new Error(code), { code }));
    };
    const finish = () => {
      isOver = true;
      environment.pending -= 1;
    };

    /** Resolves the connection: how long it takes to get one. */
    function connect(): number | "refused" | "never" | "stale" {
      const lastUsed = idle.get(host)?.pop();
      if (lastUsed === undefined) return network.connect(environment, host);
      return network.isStale(host, clock.now() - lastUsed) ? "stale" : 0;
    }

    function transmit(body: string): void {
      network.exchange(environment, { host, method, headers, body }, (answer) => {
        clock.after(random.between(FASTEST_MS, SLOWEST_MS), () => environment.resume(() => receive(answer)));
      });
    }

    function receive(answer: ServiceAnswer): void {
      if (isOver) return;
      if (answer === "reset") {
        fail("ECONNRESET");
        finish();
        return;
      }
      const handlers = new Map<string, Listener>();
      const statusCode = answer === "headers-only" ? 200 : answer.statusCode;
      onResponse({ statusCode, on: (event, listener) => void handlers.set(event, listener) });
      if (answer === "headers-only") return;
      finish();
      idle.set(host, [...(idle.get(host) ?? []), clock.now()]);
      if (answer.text !== "") handlers.get("data")?.(Buffer.from(answer.text));
      handlers.get("end")?.();
    }

    return {
      on: (event: string, listener: Listener) => void listeners.set(event, listener),
      destroy: () => {
        if (!isOver) finish();
      },
      end(body = "") {
        if (!environment.step()) return;
        environment.pending += 1;
        const delay = connect();
        if (delay === "never") return;
        if (typeof delay === "string") {
          const code = delay === "stale" ? "ECONNRESET" : "ECONNREFUSED";
          clock.after(random.between(FASTEST_MS, SLOWEST_MS), () =>
            environment.resume(() => {
              if (isOver) return;
              fail(code);
              finish();
            }),
          );
          return;
        }
        clock.after(delay + random.between(FASTEST_MS, SLOWEST_MS), () => transmit(body));
      },
    };
  }

  return { Agent: class {}, request };
}
