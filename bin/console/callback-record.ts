import type { QueueRole } from "../../local/queue-roles.ts";
import type { Expectations } from "./judge-again.ts";
import type { CallbackRow, HistoryEntry } from "./protocol.ts";

/** The reply to a callback: the function's, or the existing handler's. */
export interface RecordedReply {
  readonly statusCode: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** The most characters of a reply that are kept. */
const MAX_REPLY_LENGTH = 64 * 1024;

/** Keeps a reply, or the beginning of a long one. */
export function keepReply(reply: RecordedReply): RecordedReply {
  return { ...reply, body: reply.body.slice(0, MAX_REPLY_LENGTH) };
}

/** How the existing handler treated a callback. */
export interface RecordedRelay {
  /** The handler's reply; absent if there is none, or none yet. */
  readonly reply?: RecordedReply;
  /** Why the handler did not accept the callback; absent if it did. */
  readonly problem?: string;
}

/** Something that happened to a callback, once or several times in a row. */
interface RepeatedEntry extends HistoryEntry {
  readonly times: number;
}

/** What is known about a callback. */
export interface CallbackRecord {
  readonly id: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly method: string;
  readonly path: string;
  /** With its signature: it must not leave this process. */
  readonly rawQueryString: string;
  /** The body, or the beginning of one that is too large to keep. */
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly command: string;
  readonly accounts: readonly string[];
  /** Tencent's id of the request, by which its event refers to it. */
  readonly tencentRequestId: string;
  /** `undefined` for the moment in which the request is judged. */
  expectations?: Expectations;
  reply?: RecordedReply;
  /** Absent for a callback that is not relayed. */
  relay?: RecordedRelay;
  /** The identity of its event, which the event keeps wherever it goes. */
  eventKey?: string;
  /** The event as JSON. */
  event?: string;
  /** Whether the destination took its event; a message that consumers have deleted still counts. */
  isStored: boolean;
  /** Whether the queue dropped its event as a repeat of another callback's. */
  isRepeat: boolean;
  /** Whether its event came to the destination late, from standby. */
  isRepublished: boolean;
  /** Whether its event came to the destination from the log. */
  isReplayed: boolean;
  /** Whether standby had the request itself, to be judged later. */
  isParked: boolean;
  /** Whether the republish function refused the parked request. */
  isForged: boolean;
  /** Whether the log has its event, or the request that could not be judged. */
  isLogged: boolean;
  /** Where its messages are. */
  readonly messages: Map<string, QueueRole>;
  readonly history: RepeatedEntry[];
  row: CallbackRow;
}

/** The most entries of a history. In a longer one, those in the middle are left out. */
const MAX_HISTORY = 100;

/** Adds an entry to a callback's history; the same thing once more counts with the entry before it. */
export function remember({ history }: CallbackRecord, at: number, text: string): void {
  const last = history.at(-1);
  if (last?.text === text) {
    history[history.length - 1] = { ...last, times: last.times + 1 };
    return;
  }
  if (history.length >= MAX_HISTORY) history.splice(MAX_HISTORY / 2, 1);
  history.push({ at, text, times: 1 });
}

/** How many bytes of a record depend on what was sent. */
export function sizeOf({ path, rawQueryString, body, reply, relay, event = "" }: CallbackRecord): number {
  const replies = (reply?.body.length ?? 0) + (relay?.reply?.body.length ?? 0);
  return path.length + rawQueryString.length + body.byteLength + event.length + replies;
}
