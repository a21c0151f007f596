/** The result of one check. */
export interface Finding {
  /** `note`: it works, but the operator should know about it. */
  readonly verdict: "ok" | "note" | "FAIL";
  /** What was checked. */
  readonly subject: string;
  /** What was found, and what it means. */
  readonly meaning: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Findings in the order of the checks, each as soon as its check is done. */
export type Findings = AsyncGenerator<Finding, void>;

/** Formats a finding as one line. */
export function toLine({ verdict, subject, meaning, advice }: Finding): string {
  return `${verdict.padEnd(4)}  ${subject}: ${meaning}${advice === undefined ? "" : `. ${advice}`}`;
}
