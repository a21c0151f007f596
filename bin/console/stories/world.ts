import { randomBytes } from "node:crypto";
import type { ChatEvent } from "../../../events/chat-event.ts";
import type { BreakablePart, FaultMode } from "../../../local/faults.ts";
import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { type CallbackRow, VERDICTS, type Verdict } from "../protocol.ts";
import { wait } from "../wait.ts";
import { StoryFailure, type StoryHost, type StoryWorld } from "./story.ts";

/** How to run a story. */
export interface StoryOptions {
  /**
   * How long the story waits for one thing.
   *
   * @default 60,000, longer than the half minute for which the republish function hides an event that failed
   */
  readonly deadlineMs?: number;
  /** How many times as fast as usual it sends callbacks, which only a modelled system allows. */
  readonly speed?: number;
}

/** A story's means while it runs. Keeps only what concerns the run's own callbacks. */
export class RunningStory implements StoryWorld {
  readonly reader = `story-${randomBytes(4).toString("hex")}`;
  readonly waits: number[] = [];
  readonly token: string;
  readonly say: (sentence: string) => void;
  readonly #host: StoryHost;
  readonly #options: Required<StoryOptions>;
  readonly #rows = new Map<string, CallbackRow>();
  readonly #standbySince = new Map<string, number>();
  readonly #eventIds = new Set<string>();
  readonly #broken = new Set<BreakablePart>();
  readonly #startedAt = Date.now();
  readonly #stopWatching: () => void;
  #messages = 0;
  #dropped = 0;
  #reports = 0;
  #onChange = () => {};

  constructor(host: StoryHost, options: Required<StoryOptions>, say: (sentence: string) => void) {
    this.#host = host;
    this.token = host.token;
    this.#options = options;
    this.say = say;
    if (Object.keys(host.faults.active).length > 0) {
      host.faults.heal();
      say("Heals what was broken before.");
    }
    this.#stopWatching = host.watch({
      callback: (row) => this.#keepRow(row),
      event: (event, isDropped) => this.#keepEvent(event, isDropped),
    });
  }

  get destination() {
    return this.#host.destination;
  }

  get callbacks() {
    return [...this.#rows.values()];
  }

  get events() {
    return this.#eventIds.size;
  }

  get copies() {
    return this.#messages - this.#eventIds.size;
  }

  get dropped() {
    return this.#dropped;
  }

  count(verdict: Verdict): number {
    return this.callbacks.filter((row) => row.verdict === verdict).length;
  }

  report(peer = "bob"): string {
    this.#reports += 1;
    return JSON.stringify({
      CallbackCommand: READ_REPORT_COMMAND,
      Report_Account: this.reader,
      Peer_Account: peer,
      LastReadTime: Math.floor(this.#startedAt / 1000),
      UnreadMsgNum: 0,
      EventTime: this.#startedAt + this.#reports,
    });
  }

  async send(body = this.report(), how: Parameters<StoryWorld["send"]>[1] = {}): Promise<number> {
    const callback = { command: READ_REPORT_COMMAND, signing: "correct", body, token: this.token, ...how } as const;
    return (await this.#host.send(callback)).statusCode;
  }

  async sendSteadily(count: number, perSecond: number, sendOne = () => this.send()): Promise<readonly number[]> {
    const startedAt = performance.now();
    const replies = Array.from({ length: count }, async (_, index) => {
      const due = startedAt + (index * 1000) / (perSecond * this.#options.speed);
      await wait(Math.max(0, due - performance.now()));
      return sendOne();
    });
    return Promise.all(replies);
  }

  break(part: BreakablePart, mode: FaultMode, calls?: number): void {
    this.#broken.add(part);
    this.#host.faults.break(part, mode, calls);
  }

  heal(part: BreakablePart): void {
    this.#broken.delete(part);
    this.#host.faults.heal(part);
  }

  storeToken(token: string): void {
    this.#host.storeToken(token);
  }

  replay() {
    return this.#host.replay();
  }

  async until(sentence: string, condition: () => boolean): Promise<void> {
    if (!condition()) {
      const { deadlineMs } = this.#options;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new StoryFailure(`After ${deadlineMs / 1000} s, still missing: ${sentence} ${this.#tally()}`)),
          deadlineMs,
        );
        // Ctrl+C does not wait for the deadline.
        timer.unref();
        this.#onChange = () => {
          if (!condition()) return;
          clearTimeout(timer);
          resolve();
        };
      }).finally(() => {
        this.#onChange = () => {};
      });
    }
    this.say(sentence);
  }

  check(sentence: string, condition: boolean): void {
    if (!condition) throw new StoryFailure(`Not true: ${sentence} ${this.#tally()}`);
    this.say(sentence);
  }

  /** Heals what the story broke, and stops watching. */
  end(): void {
    for (const part of this.#broken) this.#host.faults.heal(part);
    this.#stopWatching();
  }

  #keepRow(row: CallbackRow): void {
    if (!row.accounts.includes(this.reader)) return;
    const before = this.#rows.get(row.id)?.verdict;
    this.#rows.set(row.id, row);
    if (row.verdict === "standby" && before !== "standby") this.#standbySince.set(row.id, performance.now());
    else if (row.verdict !== "standby" && before === "standby") {
      this.waits.push(performance.now() - (this.#standbySince.get(row.id) ?? 0));
    }
    this.#onChange();
  }

  #keepEvent({ detail }: ChatEvent, isDropped: boolean): void {
    if (detail.data["Report_Account"] !== this.reader) return;
    this.#eventIds.add(detail.metadata.deduplicationId);
    if (isDropped) this.#dropped += 1;
    else this.#messages += 1;
    this.#onChange();
  }

  /** The numbers that explain a failure. */
  #tally(): string {
    const counts = VERDICTS.map((verdict) => [this.count(verdict), verdict] as const).filter(([number]) => number > 0);
    const verdicts = counts.map(([number, verdict]) => `${number} ${verdict}`).join(", ") || "none";
    return `Callbacks: ${verdicts}. Events at the destination: ${this.events}.`;
  }
}
