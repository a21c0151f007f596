import type { ChatEvent } from "../../../events/chat-event.ts";
import type { ActiveFault, BreakablePart, FaultMode } from "../../../local/faults.ts";
import type { DestinationKind } from "../../../local/functions.ts";
import type { CallbackRow, ReplayOutput, SendInput, Verdict } from "../protocol.ts";

/** Something that happens to the system, with a verdict on what became of its callbacks. */
export interface Story {
  readonly id: string;
  readonly title: string;
  /** What it does and shows, in one or two sentences. */
  readonly summary: string;
  /** Set if it is about an existing handler; only offered when there is one. */
  readonly needsHandler?: true;
  /**
   * Tells the story.
   *
   * @returns the verdict, in one or two sentences
   * @throws {StoryFailure} when the system does not do what it promises
   */
  run(world: StoryWorld): Promise<string>;
}

/** Thrown by a story when the system does not do what it promises; the message is the story's verdict. */
export class StoryFailure extends Error {
  override readonly name = "StoryFailure";
}

/** The means of a story. It knows only its own callbacks: all of them name {@link StoryWorld.reader}. */
export interface StoryWorld {
  readonly destination: DestinationKind;
  /** The token that was current when the story began. */
  readonly token: string;
  /** The UserID that marks this run's callbacks. */
  readonly reader: string;
  /** This run's callbacks, the newest last. */
  readonly callbacks: readonly CallbackRow[];
  /** How many different events of this run the destination has. */
  readonly events: number;
  /** How many messages it has beyond those: the same events once more, as only a FIFO queue drops repeats. */
  readonly copies: number;
  /** How many repeats the queue dropped. */
  readonly dropped: number;
  /** How long each of this run's callbacks that left standby again was there, in milliseconds. */
  readonly waits: readonly number[];

  /** How many of this run's callbacks have a verdict. */
  count(verdict: Verdict): number;
  /** The body of another read report of this run's reader, as JSON. */
  report(peer?: string): string;
  /**
   * Sends a callback, correctly signed unless told otherwise.
   *
   * @param body a read report that differs from all others, unless given
   * @param how `command` is the read report's unless given
   * @returns the reply's status
   */
  send(
    body?: string,
    how?: { readonly command?: string; readonly signing?: SendInput["signing"]; readonly token?: string },
  ): Promise<number>;
  /**
   * Sends callbacks at a steady rate, without waiting for replies in between.
   *
   * @param sendOne sends one
   * @returns the replies' statuses
   */
  sendSteadily(count: number, perSecond: number, sendOne?: () => Promise<number>): Promise<readonly number[]>;
  /** Breaks a part for the next `calls`, or until it is healed. The end of the story heals it in any case. */
  break(part: BreakablePart, mode: FaultMode, calls?: number): void;
  heal(part: BreakablePart): void;
  /** Stores a token, as an operator does: the current one becomes the previous one. */
  storeToken(token: string): void;
  /** Puts back the events that only the log has. */
  replay(): Promise<ReplayOutput>;
  /** Tells the reader what happens, in one sentence. */
  say(sentence: string): void;
  /**
   * Waits for a change that makes a condition true.
   *
   * @param sentence the condition in words
   * @throws {StoryFailure} when it is still false at the deadline
   */
  until(sentence: string, condition: () => boolean): Promise<void>;
  /**
   * Says a sentence that must be true.
   *
   * @throws {StoryFailure} when it is not
   */
  check(sentence: string, condition: boolean): void;
}

/** The parts of the console's server that stories need. */
export interface StoryHost {
  readonly destination: DestinationKind;
  /** The current token. */
  readonly token: string;
  /** The parts that are broken, and the switches that break and heal them. */
  readonly faults: {
    readonly active: Readonly<Partial<Record<BreakablePart, ActiveFault>>>;
    break(part: BreakablePart, mode: FaultMode, calls?: number): void;
    heal(part?: BreakablePart): void;
  };
  /**
   * Sends a callback to the system, as the console's Send panel does.
   *
   * @returns once the reply is there, whatever its status
   */
  send(
    callback: Pick<SendInput, "command" | "body" | "signing"> & { readonly token: string },
  ): Promise<{ readonly statusCode: number }>;
  /** PutSecretValue on the token's secret. */
  storeToken(token: string): void;
  /** Puts back the events that only the log has, as `POST /api/replay` does. */
  replay(): Promise<ReplayOutput>;
  /** Tells a watcher what happens from now on. Returns a function that ends it. */
  watch(watcher: StoryWatcher): () => void;
}

/** Learns what happens in the system. */
export interface StoryWatcher {
  /** A callback is new, or its row has changed; called with the outcome before the sender has the reply. */
  callback(row: CallbackRow): void;
  /** An event reached the destination's queue, which dropped it if it was a repeat. */
  event(event: ChatEvent, isDropped: boolean): void;
}
