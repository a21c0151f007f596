import type { CallbackRow } from "../protocol.ts";

/** How many callbacks the page keeps; the server may know more, which their URLs still open. */
export const KEPT_CALLBACKS = 20_000;

/** A row, and how many had arrived at the page before it. */
interface Arrival {
  readonly sequence: number;
  row: CallbackRow;
}

/** The callbacks that the page knows, oldest first. */
export class Callbacks {
  readonly #byId = new Map<string, Arrival>();
  #ordered: Arrival[] = [];
  #arrived = 0;
  #hiddenUntil = 0;
  #pausedAt: number | undefined;

  get(id: string): CallbackRow | undefined {
    return this.#byId.get(id)?.row;
  }

  /** Adds new rows, replaces changed ones, and drops the oldest above {@link KEPT_CALLBACKS}. */
  update(rows: readonly CallbackRow[]): void {
    let isOrdered = true;
    for (const row of rows) {
      const known = this.#byId.get(row.id);
      if (known) {
        known.row = row;
        continue;
      }
      const arrival = { sequence: this.#arrived++, row };
      this.#byId.set(row.id, arrival);
      isOrdered &&= row.receivedAt >= (this.#ordered.at(-1)?.row.receivedAt ?? 0);
      this.#ordered.push(arrival);
    }
    if (!isOrdered) this.#ordered.sort((a, b) => a.row.receivedAt - b.row.receivedAt);
    const dropped = this.#ordered.splice(0, this.#ordered.length - KEPT_CALLBACKS);
    for (const { row } of dropped) this.#byId.delete(row.id);
  }

  /** Forgets the callbacks that are not among some rows, because the system has been started anew. */
  keepOnly(rows: readonly CallbackRow[]): void {
    const times = new Map(rows.map(({ id, receivedAt }) => [id, receivedAt]));
    this.#ordered = this.#ordered.filter(({ row: { id, receivedAt } }) => {
      const isKept = times.get(id) === receivedAt;
      if (!isKept) this.#byId.delete(id);
      return isKept;
    });
  }

  /** Hides everything that has arrived. */
  clear(): void {
    this.#hiddenUntil = this.#arrived;
    if (this.isPaused) this.#pausedAt = this.#arrived;
  }

  /** Holds rows back that arrive from now on; those that are shown still change. */
  pause(): void {
    this.#pausedAt = this.#arrived;
  }

  /** Shows the rows that were held back. */
  resume(): void {
    this.#pausedAt = undefined;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** How many rows a pause holds back. */
  get heldBack(): number {
    return this.#pausedAt === undefined ? 0 : this.#arrived - this.#pausedAt;
  }

  /** The rows to show, newest first. */
  shown(): CallbackRow[] {
    const rows: CallbackRow[] = [];
    for (let index = this.#ordered.length - 1; index >= 0; index--) {
      const { sequence, row } = this.#ordered[index] as Arrival;
      if (sequence >= this.#hiddenUntil && sequence < (this.#pausedAt ?? Number.POSITIVE_INFINITY)) rows.push(row);
    }
    return rows;
  }
}
