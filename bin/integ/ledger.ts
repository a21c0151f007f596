import { isDeepStrictEqual } from "node:util";
import { type EventCarrier, safeParseReadEvent } from "../../events/parse-chat-event.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { count } from "../shared/count.ts";

/** The body of a read report. Each has a different reader, by which its event is recognised. */
export interface Report {
  readonly CallbackCommand: typeof READ_REPORT_COMMAND;
  readonly Report_Account: string;
  readonly Peer_Account: string;
  readonly LastReadTime: number;
  readonly UnreadMsgNum: number;
  readonly EventTime: number;
}

interface Entry {
  readonly report: Report;
  /** Whether it was answered OK: then its event must arrive. */
  accepted: boolean;
  received: number;
}

/** Compares the events that arrive with the callbacks that were sent. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #strange: string[] = [];
  #missing = 0;
  #forgeries = 0;

  /**
   * Creates the next read report.
   *
   * @param now Unix milliseconds
   */
  createReport(now: number): Report {
    const report = toReport(`integ-${this.#entries.size}`, now);
    this.#entries.set(report.Report_Account, { report, accepted: false, received: 0 });
    return report;
  }

  /** Creates a read report whose event must never arrive. */
  createForgery(now: number): Report {
    this.#forgeries += 1;
    return toReport(`forged-${this.#forgeries}`, now);
  }

  /** Notes that a callback was answered OK. */
  accept({ Report_Account }: Report): void {
    const entry = this.#entries.get(Report_Account);
    if (entry === undefined || entry.accepted) return;
    entry.accepted = true;
    if (entry.received === 0) this.#missing += 1;
  }

  /** Notes messages that were received. */
  receive(carriers: readonly EventCarrier[]): void {
    for (const carrier of carriers) {
      const parsed = safeParseReadEvent(carrier);
      if (!parsed.success) {
        this.#strange.push(parsed.error.message);
        continue;
      }
      const { data } = parsed.event.detail;
      const entry = this.#entries.get(data.Report_Account);
      if (entry === undefined) {
        this.#strange.push(`an event of ${JSON.stringify(data.Report_Account)}, which nobody sent`);
        continue;
      }
      if (!isDeepStrictEqual({ ...data }, entry.report)) {
        this.#strange.push(`the event of ${data.Report_Account} differs from its callback`);
      }
      if (entry.accepted && entry.received === 0) this.#missing -= 1;
      entry.received += 1;
    }
  }

  /** How many accepted callbacks have no event yet. */
  get missing(): number {
    return this.#missing;
  }

  /** How many events of a callback arrived. */
  received({ Report_Account }: Report): number {
    return this.#entries.get(Report_Account)?.received ?? 0;
  }

  /** Says which events are missing, wrong, or were never sent; `undefined` if none is. */
  problem(): string | undefined {
    const missing = [...this.#entries.values()].filter(({ accepted, received }) => accepted && received === 0);
    const examples = missing.slice(0, 3).map(({ report }) => report.Report_Account);
    const problems = [
      ...(missing.length > 0 ? [`${count(missing.length, "event")} missing: ${examples.join(", ")}`] : []),
      ...this.#strange.slice(0, 3),
    ];
    return problems.length === 0 ? undefined : problems.join("; ");
  }

  /** Forgets missing and strange events, once a step has reported them, so that the next step fails only for its own. */
  settle(): void {
    for (const entry of this.#entries.values()) {
      if (entry.received === 0) entry.accepted = false;
    }
    this.#missing = 0;
    this.#strange.length = 0;
  }
}

function toReport(reader: string, now: number): Report {
  return {
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: reader,
    Peer_Account: "integ-peer",
    LastReadTime: Math.floor(now / 1000),
    UnreadMsgNum: 0,
    EventTime: now,
  };
}
