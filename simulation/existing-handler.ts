import { isBeforeCallback } from "../tencent/commands.ts";
import { sign } from "../tencent/signature.ts";
import { RELAYED_COMMANDS, SDK_APP_ID } from "./app.ts";
import type { VirtualClock } from "./clock.ts";
import type { History } from "./history.ts";
import type { ServiceRequest } from "./lambda/http.ts";
import type { Relayed } from "./plan.ts";

/** Where the existing handler is. */
export const HANDLER_URL = new URL("https://chat.example.com/tencent/callback");

/** The environment variables of a function that relays callbacks to the handler. */
export function relayVariables(relayed: Relayed): Readonly<Record<string, string>> {
  if (relayed === "none") return {};
  return { RELAY_URL: HANDLER_URL.href, ...(relayed === "some" && { RELAY_COMMANDS: RELAYED_COMMANDS }) };
}

/** How far a request's time may differ from the handler's, in seconds. */
const CLOCK_SKEW_S = 60;

/** More than the function passes on. */
const TOO_MANY_BYTES = 64 * 1024;

/** What the handler answers. */
interface HandlerReply {
  readonly statusCode: number;
  readonly text: string;
}

/**
 * The existing handler of the team: a service that Tencent called before this endpoint was put in front of it. It verifies the
 * signature, forbids some before-callbacks, and does not accept some after-callbacks.
 */
export class ExistingHandler {
  readonly #clock: VirtualClock;
  readonly #tokens: History["tokens"];

  /** @param history has the tokens that it knows: the current one and the previous one, as Tencent's servers take over a new one in turn */
  constructor({ clock, history }: { readonly clock: VirtualClock; readonly history: History }) {
    this.#clock = clock;
    this.#tokens = history.tokens;
  }

  /** Answers a request. */
  answer({ method, path, body }: ServiceRequest): HandlerReply {
    // As a framework does that has a route for POST only.
    if (method !== "POST") return { statusCode: 404, text: "Cannot GET" };
    const { searchParams } = new URL(path, HANDLER_URL);
    if (!this.#isGenuine(searchParams)) return reply(401, "FAIL", "who are you?");
    const fields = parse(body);
    if (fields === undefined) return reply(400, "FAIL", "no JSON");
    const key = String(fields["EventTime"]);
    const decision = decide(searchParams.get("CallbackCommand") ?? "", Number(key));
    if (decision === "answers at length") return reply(200, "OK", "x".repeat(TOO_MANY_BYTES));
    return reply(200, decision === "accepts" ? "OK" : "FAIL", `decided on ${key}`);
  }

  #isGenuine(parameters: URLSearchParams): boolean {
    const time = parameters.get("RequestTime") ?? "";
    if (Math.abs(Number(time) - this.#clock.now() / 1_000) > CLOCK_SKEW_S) return false;
    if (parameters.get("SdkAppid") !== SDK_APP_ID || parameters.getAll("Sign").length !== 1) return false;
    return this.#tokens.slice(-2).some(({ value }) => sign(value, time) === parameters.get("Sign"));
  }
}

function decide(command: string, key: number): "accepts" | "rejects" | "answers at length" {
  if (key % 50 === 0) return "answers at length";
  return key % (isBeforeCallback(command) ? 3 : 10) === 0 ? "rejects" : "accepts";
}

/** In another order than this project's replies, with white space and more than ASCII. */
function reply(statusCode: number, ActionStatus: "OK" | "FAIL", ErrorInfo: string): HandlerReply {
  const content = { ErrorInfo: `${ErrorInfo} ✓`, ErrorCode: ActionStatus === "OK" ? 0 : 1, ActionStatus };
  return { statusCode, text: JSON.stringify(content, undefined, 1) };
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
