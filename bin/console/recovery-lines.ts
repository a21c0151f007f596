import { type RecoveryRecord, readRecoveryLog } from "../../functions/recovery-log.ts";

/** The most characters of lines to keep. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** A record that a line contains. */
interface FoundRecord {
  readonly record: RecoveryRecord;
  /** API Gateway's id of the request, if it was refused. */
  readonly requestId: string | undefined;
}

/** Keeps the lines of the functions' logs that `npm run replay` reads: those with events or requests that were not stored. */
export class RecoveryLines {
  /** The callbacks' ids by the lines; empty for the line of an unknown callback. */
  readonly #lines = new Map<string, string>();
  readonly #linked = new Set<string>();
  #length = 0;

  /** Keeps a line if it contains a record, and returns that. */
  add(line: string): FoundRecord[] {
    // Almost all lines are metrics.
    if (!line.includes('"level":"ERROR"')) return [];
    // One that has expired is left out: anyone may have sent it, and it was answered with its reason.
    const records = readRecoveryLog(line).records.filter(
      (record) => record.kind !== "refused" || record.request.authenticated,
    );
    if (records.length > 0) {
      this.#lines.set(line, "");
      this.#length += line.length;
      for (const oldest of this.#lines.keys()) {
        if (this.#length <= MAX_LENGTH) break;
        this.#delete(oldest);
      }
    }
    const { requestId } = records.length > 0 ? (JSON.parse(line) as { requestId?: string }) : {};
    return records.map((record) => ({ record, requestId }));
  }

  /** Remembers the callback that a line is about. */
  link(line: string, callbackId: string): void {
    if (!this.#lines.has(line)) return;
    this.#lines.set(line, callbackId);
    this.#linked.add(callbackId);
  }

  /** Drops the lines about a callback. */
  forget(callbackId: string): void {
    // Few callbacks have a line.
    if (!this.#linked.delete(callbackId)) return;
    for (const [line, id] of this.#lines) if (id === callbackId) this.#delete(line);
  }

  /**
   * The lines as a log.
   *
   * @param isWanted chooses the callbacks
   */
  text(isWanted: (callbackId: string) => boolean): string {
    return [...this.#lines].flatMap(([line, id]) => (isWanted(id) ? [line] : [])).join("\n");
  }

  #delete(line: string): void {
    this.#lines.delete(line);
    this.#length -= line.length;
  }
}
