import { readFile } from "node:fs/promises";

const RESULTS = new URL("../../simulation/mutation-results.json", import.meta.url);

/** A mutation of the functions, and the promise that it violates after so many seeds. */
export interface MutationResult {
  readonly mutation: string;
  /** `undefined` if the mutation survives. */
  readonly promise?: string;
  readonly seed?: number;
}

/** Reads what `npm run simulate:mutations -- --write` recorded. */
export async function readMutationResults(): Promise<readonly MutationResult[]> {
  return JSON.parse(await readFile(RESULTS, "utf8")) as MutationResult[];
}

/** Writes the mutations into a page of the documentation, between `<!-- mutations -->` and `<!-- /mutations -->`. */
export function withMutationsTable(page: string, results: readonly MutationResult[]): string {
  const rows = results.map(({ mutation, promise = "none", seed = "-" }) => `| … ${mutation} | ${promise} | ${seed} |`);
  const table = ["| The function … | Promise that it breaks | Seeds |", "|---|---|--:|", ...rows].join("\n");
  return page.replace(
    /<!-- mutations -->.*<!-- \/mutations -->/s,
    () => `<!-- mutations -->\n${table}\n<!-- /mutations -->`,
  );
}
