import { explainAwsConfiguration } from "../shared/aws-configuration.ts";
import { isGone } from "../shared/is-gone.ts";
import type { Finding } from "./finding.ts";

/** The names of Secrets Manager's errors for a secret that is marked for deletion, or whose key is unusable. */
const UNUSABLE = /InvalidRequest|DecryptionFailure/;

/**
 * Turns an error of a check into a finding: `FAIL` if the resource is at fault, otherwise a `note` that it could not be checked.
 *
 * @param subject what is checked
 * @param check the check
 * @param page where the operator reads on if the resource is at fault
 * @returns what the check returns, or the finding
 */
export async function explainFailure<Result>(
  subject: string,
  check: () => Promise<Result>,
  page = "docs/runbook.md#events-not-stored",
): Promise<Result | Finding> {
  try {
    return await check();
  } catch (error) {
    const { name, message } = error as Error;
    const meaning = `could not be checked: ${explainAwsConfiguration(error) ?? `${name}: ${message}`}`;
    if (isGone(error) || UNUSABLE.test(name)) {
      const advice = `If someone changed or deleted it by hand, undo that: ${page}`;
      return { verdict: "FAIL", subject, meaning, advice };
    }
    const isDenied = name.includes("AccessDenied");
    return {
      verdict: "note",
      subject,
      meaning,
      advice: isDenied ? "Run it again with credentials that may read it" : "Run it again",
    };
  }
}
