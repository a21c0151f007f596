import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { withCallbacksTable } from "../bin/generate/callbacks-table.ts";
import { parseChatEvent } from "../events/index.ts";
import { COMMANDS } from "../tencent/commands.ts";
import { forwardedEvent } from "./support/example-event.ts";

const PROJECT = join(import.meta.dirname, "..");
const PAGES = readdirSync(join(PROJECT, "docs")).filter((name) => name.endsWith(".md"));
const FILES = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"],
  ...PAGES.map((name) => `docs/${name}`),
];
const read = (file: string) => readFileSync(join(PROJECT, file), "utf8");

/** The anchors of a page, as GitHub makes them from its headings. */
function anchors(text: string): string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(FILES)("%s", (file) => {
  const links = Array.from(read(file).matchAll(/\]\((?!https?:)([^)]*)\)/g), ([, link = ""]) => link);

  test("has links that lead somewhere", () => {
    for (const link of links) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      const text = read(target);
      if (anchor !== undefined) expect(anchors(text), link).toContain(anchor);
    }
  });
});

test("The README can be read in a few minutes, and names every page", () => {
  const readme = read("README.md");
  expect(readme.split("\n").length).toBeLessThan(150);
  for (const page of PAGES) expect(readme).toContain(`(docs/${page})`);
});

test("docs/callbacks.md lists what the table of commands has: npm run generate writes it", () => {
  const page = read("docs/callbacks.md");
  expect(page).toBe(withCallbacksTable(page));
  for (const command of Object.keys(COMMANDS)) expect(page).toContain(`| [\`${command}\`](`);
});

test.each(["docs/events.md", "docs/callbacks.md"])("%s has an event as its example, made as events are", (page) => {
  const [, example = ""] = /```json\n(\{\n.*?)\n```/s.exec(read(page)) ?? [];
  const event = parseChatEvent(example);
  const made = forwardedEvent(event["detail-type"], JSON.stringify(event.detail.data));
  expect(event.detail.metadata.deduplicationId).toBe(made.detail.metadata.deduplicationId);
  expect(event.detail.data).toEqual(made.detail.data);
});

test("docs/security.md names tests that exist", () => {
  const names = Array.from(
    read("docs/security.md").matchAll(/`(?:test\/)?([\w/-]+\.test\.ts)`/g),
    ([, name = ""]) => name,
  );
  const tests = readdirSync(join(PROJECT, "test"), { recursive: true }).map(String);
  expect(names.length).toBeGreaterThan(10);
  for (const name of names)
    expect(
      tests.some((path) => path === name || path.endsWith(`/${name}`)),
      name,
    ).toBe(true);
});

test("npm run doctor refers to headings that are there", () => {
  const sources = readdirSync(join(PROJECT, "bin/doctor")).map((name) => read(`bin/doctor/${name}`));
  const links = Array.from(sources.join("").matchAll(/(docs\/\w+\.md)#([\w-]+)/g));
  expect(links.length).toBeGreaterThan(5);
  for (const [link, page = "", anchor] of links) expect(anchors(read(page)), link).toContain(anchor);
});
