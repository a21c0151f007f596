import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readBenchResults } from "../../../bin/generate/bench-results.ts";
import { FOOTPRINTS, METRICS_OF_READ_REPORTS, withCostTables } from "../../../bin/generate/cost-tables.ts";
import { readSettingDocs } from "../../../bin/generate/settings-table.ts";
import { ASSUMPTIONS, callbackCosts, storageCosts, total } from "../../../bin/shared/callback-cost.ts";
import { PRICES } from "../../../bin/shared/prices.ts";
import { type CountName, METRICS_MESSAGE, type TimeName } from "../../../functions/metrics.ts";
import { Template, type TemplateJson } from "../../../local/template.ts";
import { nowInSeconds, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, startFunction } from "../../support/function.ts";
import { synthesise } from "../../support/stack.ts";

const PROJECT = new URL("../../../", import.meta.url);
const PAGE = readFileSync(new URL("docs/cost.md", PROJECT), "utf8");
const { usage } = await readBenchResults();
const TEMPLATES = Object.values(FOOTPRINTS).map((props) => new Template(synthesise(props).toJSON() as TemplateJson));

/** A line in CloudWatch's embedded metric format. */
interface MetricsLine {
  readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string }[] }[] };
}

const alarm = (...properties: Record<string, unknown>[]) =>
  Object.fromEntries(
    properties.map((Properties, index) => [`A${index}`, { Type: "AWS::CloudWatch::Alarm", Properties }]),
  );
const stack = (Resources: TemplateJson["Resources"]) => new Template({ Resources });

/** The rows of a generated table, by their first cell. */
function rows(name: string, templates: readonly Template[] = []): Record<string, string[]> {
  const table = withCostTables(`<!-- ${name} -->old<!-- /${name} -->`, usage, templates);
  const lines = table.split("\n").filter((line) => line.startsWith("| "));
  const cells = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return Object.fromEntries(cells.map(([first = "", ...others]) => [first, others]));
}

describe("The tables of costs", () => {
  test("in docs/cost.md follow from prices, measurements and templates: npm run generate writes them", () => {
    expect(PAGE).toBe(withCostTables(PAGE, usage, TEMPLATES));
    expect(PAGE.match(/^\|/gm)?.length).toBeGreaterThan(20);
  });

  test("leave other sections alone", () => {
    const page = "<!-- settings -->a<!-- /settings --><!-- constructor -->b<!-- /constructor -->";
    expect(withCostTables(page, usage, [])).toBe(page);
  });

  test("sum up a million callbacks", () => {
    const expected = (["fifo", "fair", "standard", "bus"] as const).map((name) =>
      total(callbackCosts(usage, name)).toFixed(2),
    );
    expect(rows("cost per million")["**together**"]).toEqual(expected);
  });

  test("count the metrics in alarms, not the alarms", () => {
    const expression = { Metrics: [{ Expression: "a + b" }, { MetricStat: {} }, { MetricStat: {} }] };
    const found = rows("standing cost", [stack(alarm({ MetricName: "a" }, expression))]);
    expect(found).toHaveProperty(["alarms, $0.10 for each metric they watch"], ["0.30"]);
  });

  test("count what a stack has, and leave out what no stack has", () => {
    const secret = { S: { Type: "AWS::SecretsManager::Secret" } };
    const small = stack({ ...secret, M: { Type: "AWS::Lambda::EventSourceMapping" } });
    const full = stack({ ...secret, ...alarm({ MetricName: "a" }), D: { Type: "AWS::CloudWatch::Dashboard" } });
    const found = rows("standing cost", [full, small]);
    expect(found).toMatchObject({
      secret: ["0.40", "0.40"],
      dashboard: ["3.00", ""],
      "Lambda's polls of the standby queue": ["", "0.26"],
      "**together, without callbacks**": ["3.50", "0.66"],
    });
    expect(found).not.toHaveProperty("key");
  });

  test("charge a handler that hangs for 1.6 seconds of 256 MB each time", () => {
    const [inTime, late] = (rows("cost of relaying")["Lambda's time, until the handler has replied"] ?? []).map(Number);
    const gigabyteSeconds = (milliseconds: number) => (milliseconds - ASSUMPTIONS.sqsMilliseconds) * 1e3 * 0.25;
    const { dollars } = PRICES.lambdaArmGigabyteSecond;
    expect(inTime).toBeCloseTo(gigabyteSeconds(100) * dollars, 2);
    expect(late).toBeCloseTo(gigabyteSeconds(1_600) * dollars, 2);
  });

  test("charge an attack for every 512 KB, and for Lambda only up to 6 MB", () => {
    const attack = rows("cost of an attack");
    const perMillion = (name: string) => Number(Object.entries(attack).find(([key]) => key.startsWith(name))?.[1][0]);
    expect(perMillion("1 KB")).toBeCloseTo(1.26, 1);
    expect(Math.floor(perMillion("6 MB"))).toBe(12);
    expect(perMillion("10 MB")).toBeCloseTo(20.04, 2);
  });
});

test("A read report writes the metrics that the standing cost counts", async () => {
  const { post, log } = await startFunction();
  expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
  const lines = logged(await log(), METRICS_MESSAGE) as unknown as MetricsLine[];
  const names = lines.flatMap(({ _aws }) =>
    _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)),
  );
  expect(names.sort()).toEqual([...METRICS_OF_READ_REPORTS].sort());
});

describe("Amounts in other texts are those of the tables:", () => {
  test("the README's, a month and per million events", () => {
    const readme = readFileSync(new URL("README.md", PROJECT), "utf8").replace(/\s+/g, " ");
    const [atRest, , small] = rows("standing cost", TEMPLATES)["**together, without callbacks**"] ?? [];
    expect(readme).toContain(`$${atRest} a month, or $${small} with a small footprint`);
    expect(readme).toContain(`$${total(callbackCosts(usage, "fifo")).toFixed(2)} more`);
  });

  test("those of the setting relayUrl, and of its alarm and metrics", () => {
    const { cost = "" } = readSettingDocs().get("relayUrl") ?? {};
    const names = ["Relayed", "RelayFailed", "RelayTime"] satisfies (CountName | TimeName)[];
    const month = PRICES.alarmMetricMonth.dollars + names.length * PRICES.customMetricMonth.dollars;
    const [perMillion] = rows("cost of relaying")["**together**"] ?? [];
    expect(cost.match(/\$[\d.]+/g)).toEqual([`$${month.toFixed(2)}`, `$${perMillion}`]);
    expect(PAGE).toContain(`up to three metrics: together up to $${month.toFixed(2)}.`);
  });

  test("that of the setting fairQueue", () => {
    const { cost } = readSettingDocs().get("fairQueue") ?? {};
    const saved = storageCosts("fair").queue - storageCosts("standard").queue;
    expect(cost).toBe(`\`false\` saves $${saved.toFixed(2)} per million events`);
  });

  test("those of the setting destination", () => {
    const { cost = "" } = readSettingDocs().get("destination") ?? {};
    const { bus, queue, archive } = storageCosts("bus");
    const amounts = [storageCosts("fifo").queue, storageCosts("fair").queue, bus, queue, archive];
    expect(cost.match(/\$[\d.]+/g)).toEqual(amounts.map((amount) => `$${amount.toFixed(2)}`));
  });
});
