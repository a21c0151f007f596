import { readFileSync } from "node:fs";
import { Duration } from "aws-cdk-lib";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { CONFIGURATION_PAGE, readSettingDocs, withSettingsTable } from "../../../bin/generate/settings-table.ts";
import { STACK_SETTINGS } from "../../../bin/shared/stack-config.ts";
import type { Setting } from "../../../functions/settings.ts";
import { CONSTRUCT_SETTINGS, SETTINGS } from "../../../lib/settings.ts";

const { throttle } = CONSTRUCT_SETTINGS;
const definitions: Readonly<Record<string, Setting>> = { ...SETTINGS, ...STACK_SETTINGS };

/** Two lines of a table on GitHub. */
const LONGEST_CELL = 160;

/** Defaults that are more than one word. */
const IN_WORDS: Readonly<Record<string, string>> = {
  destination: "Destination.fifoQueue()",
  forward: "none",
  relayCommands: "all",
  throttle: `${count(throttle.default.rateLimit)} a second, ${count(throttle.default.burstLimit)} at once`,
};

const docs = readSettingDocs();
const page = readFileSync(CONFIGURATION_PAGE, "utf8");

describe.each(Object.entries(definitions))("The setting %s", (name, setting) => {
  test("has a docstring that an IDE shows and that fits the table", () => {
    const { description = "", default: fallback = "", cost = "" } = docs.get(name) ?? {};
    expect(description).toMatch(/^[A-Z`].*\.$/);
    for (const cell of [description, fallback, cost]) expect(cell.length).toBeLessThanOrEqual(LONGEST_CELL);
  });

  test("has a docstring with its default", () => {
    const documented = docs.get(name)?.default;
    if (setting.required) expect(documented).toBeUndefined();
    else if (setting.default === undefined) expect(documented).toBeDefined();
    else if (name in IN_WORDS) expect(documented).toBe(IN_WORDS[name]);
    else expect(documented).toBe(toWords(setting.default));
  });
});

function count(value: number): string {
  return value.toLocaleString("en");
}

function toWords(value: unknown): string {
  if (value instanceof Duration) return value.toHumanString();
  return value instanceof Architecture ? value.name : String(value);
}

test("docs/configuration.md has the table that npm run generate writes", () => {
  expect(page).toBe(withSettingsTable(page, docs));
});
