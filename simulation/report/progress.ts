import type { TextOutput } from "../../bin/shared/command.ts";

/** How often to print a line where none can be replaced, in milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Shows progress: in one line that is replaced on a terminal, otherwise in a line every few seconds. */
export class Progress {
  readonly #output: TextOutput;
  #printedAt = performance.now();

  constructor(output: TextOutput) {
    this.#output = output;
  }

  /** Shows a text in place of the one before. */
  show(text: string): void {
    if (this.#output.isTTY) {
      this.#output.write(`\r\u001b[K${text}`);
      return;
    }
    if (performance.now() - this.#printedAt < LINE_EVERY_MS) return;
    this.#printedAt = performance.now();
    this.#output.write(`${text}\n`);
  }

  /** Removes the line that is replaced. To be called before anything else is printed. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write("\r\u001b[K");
  }
}
