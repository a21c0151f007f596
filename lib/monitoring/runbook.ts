/** The runbook's file in the repository. */
const RUNBOOK_FILE = "docs/runbook.md";

/**
 * Links a heading of the runbook, or names its place in the repository.
 *
 * @param runbookUrl the runbook's URL; `undefined` for its file
 * @param heading the heading's anchor
 */
export function linkRunbook(runbookUrl: string | undefined, heading: string): string {
  return `${runbookUrl ?? RUNBOOK_FILE}#${heading}`;
}
