/** What came of looking at one thing. */
export interface Finding {
  /** `note`: it works, but somebody should know. */
  readonly verdict: "ok" | "note" | "FAIL";
  /** What was looked at. */
  readonly subject: string;
  /** What it means. */
  readonly meaning: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Findings in the order in which they are made, each as soon as there is one. */
export type Findings = AsyncGenerator<Finding, void>;

/** A finding as one line. */
export function toLine({ verdict, subject, meaning, advice }: Finding): string {
  return `${verdict.padEnd(4)}  ${subject}: ${meaning}${advice === undefined ? "" : `. ${advice}`}`;
}
