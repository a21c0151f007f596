import { readFile } from "node:fs/promises";
import { markdownTable } from "./markdown-table.ts";

/** The parts of `simulation/results.json` that are shown. */
export interface SimulationResults {
  readonly command: string;
  /** An ISO 8601 time. */
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly seconds: number;
  readonly seeds: number;
  readonly callbacks: number;
  readonly virtualMilliseconds: number;
  readonly sections: {
    readonly "forged requests": Readonly<Record<string, number>>;
    readonly "calls that faults hit": Readonly<Record<string, number>>;
  };
  /** How often each promise was checked, and held. */
  readonly checked: Readonly<Record<string, number>>;
  readonly held: Readonly<Record<string, number>>;
}

const RESULTS = new URL("../../simulation/results.json", import.meta.url);

/** Reads the results that `npm run simulate -- --write` saved. */
export async function readSimulationResults(): Promise<SimulationResults> {
  return JSON.parse(await readFile(RESULTS, "utf8")) as SimulationResults;
}

/** Writes the results of the simulation into a page of the documentation, between `<!-- simulation -->` and `<!-- /simulation -->`. */
export function withSimulationTables(page: string, results: SimulationResults): string {
  const { command, date, commit, node, seconds, seeds, callbacks, virtualMilliseconds, sections } = results;
  const faults = sections["calls that faults hit"];
  const run = markdownTable(
    ["Run", ""],
    [
      ["command", `\`${command}\``],
      ["commit", `\`${commit.slice(0, 10)}\`, ${date.slice(0, 10)}, Node.js ${node}`],
      ["duration", `${withThousands(Math.round(seconds / 60))} minutes`],
      ["seeds", withThousands(seeds)],
      ["callbacks", withThousands(callbacks)],
      ["virtual hours", withThousands(Math.round(virtualMilliseconds / 3_600_000))],
      ["calls of services that a fault hit", `${withThousands(sum(faults))}, ${Object.keys(faults).length} kinds`],
      ["forged requests", withThousands(sum(sections["forged requests"]))],
    ],
  );
  const promises = markdownTable(
    ["Promise", "Checked", "Held"],
    Object.entries(results.checked).map(([promise, times]) => [
      promise,
      withThousands(times),
      withThousands(results.held[promise] ?? 0),
    ]),
  );
  const tables = `${run}\n\n${promises}`;
  return page.replace(
    /<!-- simulation -->.*<!-- \/simulation -->/s,
    () => `<!-- simulation -->\n${tables}\n<!-- /simulation -->`,
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((one, other) => one + other, 0);
}

function withThousands(value: number): string {
  return value.toLocaleString("en-US");
}
