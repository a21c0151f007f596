import type { ActiveFault, BreakablePart, FaultMode } from "../../local/faults.ts";
import type { QueueRole } from "../../local/queue-roles.ts";
import type { HandlerDetail, HandlerFacts } from "./handler-facts.ts";
import type { Edge, Part, Switch } from "./system-parts.ts";

/**
 * The contract between the console's server and its page.
 *
 * `GET /api/stream` is a stream of server-sent events: `state` with a {@link SystemState}, and `callbacks` with the
 * {@link CallbackRow}s that are new or have changed. The first of each has everything so far. The other paths are listed in
 * {@link Actions} and {@link Reads}.
 */

/** Where a callback is, as far as the system has got with it. */
export const VERDICTS = ["in flight", "stored", "refused", "acknowledged", "standby", "log", "failed"] as const;

/**
 * - `stored`: its event is at the destination, or a queue dropped it as a repeat of one that is.
 * - `refused`: it is not acceptable, so Tencent got a 4xx.
 * - `acknowledged`: it becomes no event, such as a before-callback, and Tencent got 200: the endpoint's OK, or the existing
 *   handler's verdict.
 * - `standby`: its event, or the request itself, waits on the standby queue or in its dead letters.
 * - `log`: only the function's log has it.
 * - `failed`: Tencent got an error, and nothing was kept, as after a crash or a failure of the existing handler.
 */
export type Verdict = (typeof VERDICTS)[number];

/** How many callbacks have which verdict. Those that are answered add up to `sent`; those in flight are not in it. */
export interface Scoreboard extends Readonly<Record<Exclude<Verdict, "in flight">, number>> {
  readonly sent: number;
}

/** A term of the scoreboard's sum. */
export interface Term {
  readonly verdict: Exclude<Verdict, "in flight">;
  /** What the verdict means, in a few words. */
  readonly hint: string;
}

/** A callback in the list. */
export interface CallbackRow {
  readonly id: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** As the query claims it, or else the body; empty if neither does. */
  readonly command: string;
  /** Up to four accounts that the body names, such as the reader and the peer. */
  readonly accounts: readonly string[];
  readonly verdict: Verdict;
  /** Why, in a few words: a refusal's reason, `not forwarded`, `dropped as a repeat`; empty if the verdict says it all. */
  readonly reason: string;
  /** Set if the existing handler did not accept it; `reason` then ends with why. */
  readonly isHandlerFailed?: true;
  /** The reply's status; absent while in flight. */
  readonly statusCode?: number;
  readonly milliseconds?: number;
}

/** The outcome of one of the endpoint's checks for a callback. */
export interface Check {
  readonly name: string;
  readonly outcome: "passed" | "decided" | "not reached";
  /** Why, if this one decided. */
  readonly explanation?: string;
}

/** Something that happened to a callback. */
export interface HistoryEntry {
  /** Unix milliseconds. */
  readonly at: number;
  /** One sentence, such as `Stored in ChatEvents.fifo`. */
  readonly text: string;
}

/** Everything about a callback. */
export interface CallbackDetail extends CallbackRow {
  /** The verdict as a sentence. */
  readonly conclusion: string;
  readonly method: string;
  readonly path: string;
  /** The decoded query, as sent; the values of `Sign` and of malformed spellings of it are masked. */
  readonly query: readonly { readonly name: string; readonly value: string }[];
  /** The first 64 KiB of the body as text. */
  readonly body: string;
  readonly bodyBytes: number;
  readonly checks: readonly Check[];
  readonly reply?: { readonly statusCode: number; readonly body: string };
  /** Absent for a callback that is not relayed. */
  readonly handler?: HandlerDetail;
  /** The event as JSON. */
  readonly event?: string;
  readonly history: readonly HistoryEntry[];
}

/** How many messages a queue has. */
export interface QueueState {
  readonly id: QueueRole;
  /** Its name in AWS. */
  readonly name: string;
  /** What it is called in the page, and what is in it. */
  readonly title: string;
  readonly content: string;
  /** Whether its messages can be moved back to where they came from. */
  readonly canMoveBack: boolean;
  readonly visible: number;
  /** Received, but not deleted yet; or delayed. */
  readonly hidden: number;
}

/** The state of a story. */
export interface StoryState {
  readonly id: string;
  readonly title: string;
  /** What it does and shows, in one or two sentences. */
  readonly summary: string;
  readonly status: "idle" | "running" | "passed" | "failed";
  /** What it has done so far, one sentence each. */
  readonly steps: readonly string[];
  /** Its conclusion, once it has ended. */
  readonly verdict?: string;
}

/** The facts about the whole system. */
export interface SystemFacts {
  readonly callbackUrl: string;
  readonly sdkAppId: string;
  readonly destination: "fifo" | "standard" | "bus";
  /** The bus's name, if the destination is one. */
  readonly eventBusName?: string;
  /** The callbacks that become events, besides read reports, as the list of `--forward`; empty if none do. */
  readonly forward: readonly string[];
  readonly scoreboard: Scoreboard;
  /** Absent unless callbacks are relayed. */
  readonly handler?: HandlerFacts;
  /** Callbacks that have no reply yet. */
  readonly inFlight: number;
  /** How many events the republish function has put back, and consumers have taken. */
  readonly republished: number;
  readonly consumed: number;
  readonly queues: readonly QueueState[];
  /** The parts that are broken at present. */
  readonly faults: Readonly<Partial<Record<BreakablePart, ActiveFault>>>;
  readonly stories: readonly StoryState[];
}

/** The state of the whole system: the facts, and how the diagram, the Break panel and the scoreboard put them. */
export interface SystemState extends SystemFacts {
  readonly parts: readonly Part[];
  readonly edges: readonly Edge[];
  readonly switches: readonly Switch[];
  readonly terms: readonly Term[];
}

/** How to sign a callback that is sent. */
export const SIGNINGS = ["correct", "wrong", "too old", "too early", "unsigned", "other app", "repeated"] as const;

/** One of {@link SIGNINGS}: a wrong signature, a `RequestTime` too old or too early, no signature, another app's SDKAppID, or repeated parameters. */
export type Signing = (typeof SIGNINGS)[number];

/** A callback to send. */
export interface SendInput {
  readonly command: string;
  /** JSON, sent as it is. */
  readonly body: string;
  readonly signing: Signing;
  /** Sends the same callback this many times, one after the other: the second is a duplicate. At most 100. */
  readonly times?: number;
  /** Instead of `times`: sends `perSecond` (at most 200) for `seconds` (at most 60), each read report with another time. */
  readonly rate?: { readonly perSecond: number; readonly seconds: number };
}

/** Where a text is not JSON. Lines and columns count from 1. */
export interface JsonProblem {
  readonly line: number;
  readonly column: number;
  /** What was expected and what is there, such as `expected a comma or }, but found 'Peer_Account'`. */
  readonly message: string;
}

/** A documented body of a command. */
export interface Sample {
  readonly shape: string;
  /** Its place among the command's samples, from 1. */
  readonly number: number;
  readonly body: string;
}

/** A callback to copy. */
export interface CopiedCallback extends Pick<SendInput, "command" | "body"> {
  /** `correct` unless given. */
  readonly signing?: Signing;
  /** The sample that the body was made of, if any. */
  readonly sample?: Sample;
}

/** A callback in the forms in which it can be copied. */
export interface Copies {
  /** A shell command for `curl` and `openssl`, without the token. */
  readonly curl: string;
  /** An `npm run send`. */
  readonly send: string;
  /** A line of `local/documented-callbacks.jsonl`; absent if the body is not JSON. */
  readonly fixture?: string;
}

/** The reply to one callback that was sent; several have none here, as the stream tells. */
export interface SendOutput {
  readonly sent: number;
  /** The callback in the list. */
  readonly callbackId?: string;
  readonly statusCode?: number;
  readonly reply?: string;
}

/** A way to sign, for those who choose one. */
export interface SigningChoice {
  readonly signing: Signing;
  readonly label: string;
  /** How the endpoint answers, and why. */
  readonly answer: string;
}

/** A command that Tencent documents. */
export interface DocumentedCommand {
  readonly command: string;
  /** Describes the command, and how the endpoint handles it. */
  readonly summary: string;
  readonly kind: "before" | "after";
  /** The names of its documented bodies. */
  readonly shapes: readonly string[];
}

/** A message in a queue. */
export interface QueueMessage {
  readonly messageId: string;
  /** The command and accounts of an event, such as `C2C.CallbackAfterMsgReport  alice, bob`; empty for any other message. */
  readonly summary: string;
  /** The body as text, signatures masked. */
  readonly body: string;
  readonly state: "visible" | "hidden" | "delayed";
  /** When a hidden or delayed message becomes visible, in Unix milliseconds. */
  readonly visibleAt?: number;
  /** Unix milliseconds. */
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly group?: string;
  /** Why republishing gave it up, on standby's dead letters. */
  readonly note?: string;
  /** The callback that it came from, if the console saw it. */
  readonly callbackId?: string;
}

/** The outcome of a replay, in the words of `npm run replay`. */
export interface ReplayOutput {
  readonly found: number;
  readonly putBack: number;
  readonly problems: readonly string[];
}

/** `GET` paths and what they answer. */
export interface Reads {
  readonly "/api/commands": readonly DocumentedCommand[];
  readonly "/api/signings": readonly SigningChoice[];
  /** With the query `command` and `shape`; the first one without the latter. */
  readonly "/api/sample": { readonly body: string };
  readonly "/api/callbacks/:id": CallbackDetail;
  readonly "/api/queues/:id": readonly QueueMessage[];
}

/** `POST` paths with what they take, as JSON, and answer; an error is answered with 4xx and `{"error": "…"}`. */
export interface Actions {
  readonly "/api/send": { readonly input: SendInput; readonly output: SendOutput };
  /** Sends a callback again: signed anew if its signature was right, so that it is not too old, else byte for byte. */
  readonly "/api/callbacks/:id/send": { readonly input: object; readonly output: SendOutput };
  /** Finds where a body is not JSON. */
  readonly "/api/check": {
    readonly input: { readonly body: string };
    readonly output: { readonly problem?: JsonProblem };
  };
  readonly "/api/copies": { readonly input: CopiedCallback; readonly output: Copies };
  /** Breaks a part for the next `calls`, or until it is healed. */
  readonly "/api/break": {
    readonly input: { readonly part: BreakablePart; readonly mode: FaultMode; readonly calls?: number };
    readonly output: object;
  };
  /** Heals one part, or all. */
  readonly "/api/heal": { readonly input: { readonly part?: BreakablePart }; readonly output: object };
  /** Receives a message, and deletes it as a consumer would. */
  readonly "/api/queues/:id/receive": { readonly input: object; readonly output: { readonly message?: QueueMessage } };
  /** Receives the next message `times` times without deleting it, so that it returns at once. */
  readonly "/api/queues/:id/fail": {
    readonly input: { readonly times: number };
    readonly output: { readonly isDeadLetter: boolean };
  };
  /** Moves a dead-letter queue's visible messages back. */
  readonly "/api/queues/:id/move-back": { readonly input: object; readonly output: { readonly moved: number } };
  /** Puts back the events that only the log has. */
  readonly "/api/replay": { readonly input: object; readonly output: ReplayOutput };
  readonly "/api/stories/:id": { readonly input: object; readonly output: object };
}
