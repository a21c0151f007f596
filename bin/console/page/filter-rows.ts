import type { CallbackRow, Verdict } from "../protocol.ts";

/** Which callbacks to show; without a field, all. */
export interface Filter {
  readonly verdict?: Verdict | undefined;
  readonly command?: string | undefined;
  /** A part of an account, in any letter case. */
  readonly account?: string | undefined;
}

/** Keeps the rows that a filter wants. */
export function filterRows(
  rows: readonly CallbackRow[],
  { verdict, command, account }: Filter,
): readonly CallbackRow[] {
  if (!verdict && !command && !account) return rows;
  const wanted = account?.toLowerCase();
  return rows.filter(
    (row) =>
      (!verdict || row.verdict === verdict) &&
      (!command || row.command === command) &&
      (!wanted || row.accounts.some((account) => account.toLowerCase().includes(wanted))),
  );
}

/** The commands to choose from: those of some rows and the chosen one, in alphabetical order. */
export function commandsOf(rows: readonly CallbackRow[], chosen = ""): string[] {
  return [...new Set([chosen, ...rows.map(({ command }) => command)])].filter(Boolean).sort();
}
