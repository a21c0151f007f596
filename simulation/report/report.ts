import { count } from "../../bin/shared/count.ts";
import { formatTable } from "../../bin/shared/format-table.ts";
import type { BrokenPromise, Draw } from "../seeds/judge.ts";
import type { Counterexample } from "../seeds/shrink.ts";
import { type Counts, SECTIONS, type Tally } from "../seeds/tally.ts";
import { describePlan } from "./describe-plan.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Formats what happened, then how often each promise was checked and held. */
export function formatTally({ seeds, callbacks, virtualMilliseconds, sections, checked, held }: Tally): string {
  const totals = [
    ["seeds", seeds],
    ["callbacks", callbacks],
    ["virtual hours", Math.round(virtualMilliseconds / 3_600_000)],
  ] as const;
  const happened = [
    ...totals.map(([name, number]) => [name, withThousands(number)]),
    ...SECTIONS.flatMap((section) => formatSection(section, sections[section])),
  ];
  const promises = Object.keys(checked).map((name) => [
    name,
    withThousands(checked[name] ?? 0),
    withThousands(held[name] ?? 0),
  ]);
  return [formatTable(happened), formatTable([["promise", "checked", "held"], ...promises])].join("\n\n");
}

/** A heading and the numbers above 0, by name. */
function formatSection(section: string, counts: Counts): string[][] {
  const rows = Object.keys(counts)
    .filter((name) => (counts[name] ?? 0) > 0)
    .sort()
    .map((name) => [`  ${name}`, withThousands(counts[name] ?? 0)]);
  return rows.length === 0 ? [] : [[section], ...rows];
}

/** Formats which promise a plan breaks, and how. */
export function formatBroken({ seed }: Draw, { promise, details, violations }: BrokenPromise): string {
  const more = violations - details.length;
  return [
    `Seed ${seed} breaks a promise: ${promise}`,
    ...details.map((detail) => `  ${withoutSecrets(detail)}`),
    ...(more > 0 ? [`  and ${count(more, "more violation")}`] : []),
  ].join("\n");
}

/** Formats the shortest plan that breaks a promise, and the command that runs it again. */
export function formatCounterexample({ plan, broken, runs, draw }: Counterexample): string {
  return [
    `The shortest plan that breaks it, of ${count(runs, "plan")} tried:`,
    ...describePlan(plan).map((line) => `  ${line}`),
    "It breaks the promise like this:",
    ...broken.details.map((detail) => `  ${withoutSecrets(detail)}`),
    "Run it again:",
    `  ${formatCommand(draw)}`,
  ].join("\n");
}

/** The command that runs a plan again and prints the trace. */
function formatCommand({ seed, callbacks, path }: Draw): string {
  return `npm run simulate -- --seed ${seed} --callbacks ${callbacks} --path ${path} --trace`;
}

function withThousands(number: number): string {
  return number.toLocaleString("en-US");
}
