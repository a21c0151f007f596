import { explainAwsConfiguration } from "../shared/aws-configuration.ts";
import { count } from "../shared/count.ts";
import { printable } from "../shared/printable.ts";
import type { Account } from "./account.ts";
import { price } from "./bill.ts";
import { BrokenPromise, duration, type Run } from "./run.ts";
import type { Step } from "./steps.ts";

/** A promise, and whether it was kept. */
export interface Row {
  readonly promise: string;
  readonly observation: string;
  /** `not observed`: its step did not run, as the first one failed or the run was interrupted. */
  readonly verdict: "kept" | "FAILED" | "not observed";
  readonly milliseconds: number;
}

/** Turns a step's name into a sentence: `aForgedCallbackIsRefused` into `A forged callback is refused`. */
export function toSentence(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Runs steps one after the other. One that fails does not stop the others, unless it is the first.
 *
 * @param interruption aborts the run before the next step
 * @param onRow called with each row as soon as it is known
 */
export async function observe(
  steps: readonly Step[],
  run: Run,
  interruption: AbortSignal,
  onRow: (row: Row) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const step of steps) {
    const isPointless = interruption.aborted || rows[0]?.verdict === "FAILED";
    const row = isPointless
      ? { promise: toSentence(step.name), observation: "", verdict: "not observed" as const, milliseconds: 0 }
      : await observeStep(step, run);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** Runs one step. */
export async function observeStep(step: Step, run: Run): Promise<Row> {
  const start = run.account.now();
  const end = (verdict: "kept" | "FAILED", observation: string): Row => {
    run.endStep(verdict === "kept");
    return { promise: toSentence(step.name), observation, verdict, milliseconds: run.account.now() - start };
  };
  try {
    return end("kept", await step(run));
  } catch (error) {
    if (error instanceof BrokenPromise) return end("FAILED", error.message);
    return end("FAILED", `could not be observed: ${explainError(error)}`);
  }
}

/** Deletes the stack and what it left, as the last row. */
export async function observeDestruction(account: Account): Promise<Row> {
  const start = account.now();
  const left = await account.destroy().catch((error: unknown) => [explainError(error)]);
  return {
    promise: "Nothing remains",
    observation: left.length === 0 ? "the stack and everything it created is deleted" : `left: ${left.join("; ")}`,
    verdict: left.length === 0 ? "kept" : "FAILED",
    milliseconds: account.now() - start,
  };
}

function explainError(error: unknown): string {
  const { name, message } = error as Error;
  return explainAwsConfiguration(error) ?? `${name}: ${message}`;
}

/** Formats a row as one line, which is printed as soon as its step has ended. */
export function toLine({ verdict, promise, observation, milliseconds }: Row): string {
  return printable(`${verdict.padEnd(12)}  ${duration(milliseconds).padStart(8)}  ${promise}: ${observation}`);
}

/** Formats the result as a Markdown table, to paste into an issue, with the duration and cost of the run. */
export function toReport(rows: readonly Row[], account: Account): string[] {
  const cell = (text: string) => printable(text).replaceAll("|", "\\|");
  const usage = account.usage();
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    "| Promise | Observation | Verdict |",
    "|---|---|---|",
    ...rows.map(({ promise, observation, verdict }) => `| ${cell(promise)} | ${cell(observation)} | ${verdict} |`),
    "",
    `Duration: ${duration(total)}`,
    `Cost at list prices: $${price(usage).toFixed(2)} for ${count(usage.callbacks, "callback")} and ${duration(usage.hours * 3_600_000)} of the stack`,
  ];
}
