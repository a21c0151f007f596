import { execFileSync, type StdioOptions } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { withCallbacksTable } from "../bin/generate/callbacks-table.ts";
import { type ChatEvent, parseChatEvent } from "../events/index.ts";
import { Destination } from "../lib/destination.ts";
import { TencentChatEvents } from "../lib/tencent-chat-events.ts";
import { COMMANDS } from "../tencent/commands.ts";
import { REFUSAL_REASONS } from "../tencent/refusal.ts";
import { SDK_APP_ID } from "./support/callbacks.ts";
import { forwardedEvent } from "./support/example-event.ts";
import { NEW_DESTINATIONS, newApp } from "./support/stack.ts";

const PROJECT = join(import.meta.dirname, "..");
const PAGES = readdirSync(join(PROJECT, "docs")).filter((name) => name.endsWith(".md"));
const FILES = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"],
  ...PAGES.map((name) => `docs/${name}`),
];
const read = (file: string) => readFileSync(join(PROJECT, file), "utf8");

/** What is generated does not count. */
const MAX_WORDS = 15_400;
const GENERATED = /<!-- [\w: -]+ -->.*?<!-- \/[\w -]+ -->/gs;
const MAX_README_LINES = 120;
/** Two lines of a table on a wide screen. */
const MAX_CELL_LENGTH = 160;

/** The anchors of a page, as GitHub makes them from its headings. */
function anchors(text: string): string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** The cells of a page's tables as they are displayed: links without their addresses. */
function cells(page: string): string[] {
  const rows = page.split("\n").filter((line) => line.startsWith("|"));
  return rows.flatMap((row) => row.split(/(?<!\\)\|/)).map((cell) => cell.replace(/\]\([^)]*\)/g, "]").trim());
}

describe.each(FILES)("%s", (file) => {
  const text = read(file);

  test("has links that lead somewhere", () => {
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)]*)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = read(path === "" ? file : join(dirname(file), path));
      if (anchor !== undefined) expect(anchors(target), link).toContain(anchor);
    }
  });

  test("names files, folders and npm scripts that exist", () => {
    const paths = text.matchAll(
      /`((?:tencent|events|functions|lib|local|bin|simulation|bench|test|docs|examples)\/[\w./-]*)`/g,
    );
    for (const [, path = ""] of paths) expect(existsSync(join(PROJECT, path)), path).toBe(true);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, script = ""] of text.matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
      expect(scripts, script).toHaveProperty([script]);
    }
  });

  test(`has no table cell of more than ${MAX_CELL_LENGTH} characters`, () => {
    expect(cells(text).filter((cell) => cell.length > MAX_CELL_LENGTH)).toEqual([]);
  });
});

test(`All pages together have at most ${MAX_WORDS} words`, () => {
  const words = FILES.flatMap((file) => read(file).replace(GENERATED, "").trim().split(/\s+/));
  expect(words.length).toBeLessThanOrEqual(MAX_WORDS);
});

test(`README.md has at most ${MAX_README_LINES} lines, and names every page`, () => {
  const readme = read("README.md");
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_README_LINES);
  for (const page of PAGES) expect(readme).toContain(`(docs/${page})`);
});

test("docs/callbacks.md lists what the table of commands has: npm run generate writes it", () => {
  const page = read("docs/callbacks.md");
  expect(page).toBe(withCallbacksTable(page));
  for (const command of Object.keys(COMMANDS)) expect(page).toContain(`| [\`${command}\`](`);
});

test.each(["docs/events.md", "docs/callbacks.md"])("%s has an example with the id that its data leads to", (file) => {
  const [, example = ""] = /```json\n(\{\n.*?)\n```/s.exec(read(file)) ?? [];
  const event = JSON.parse(example) as ChatEvent;
  const made = forwardedEvent(event["detail-type"], JSON.stringify(event.detail.data));
  expect(event.detail.metadata.deduplicationId).toBe(made.detail.metadata.deduplicationId);
  expect(event.detail.data).toEqual(made.detail.data);
  if (file === "docs/events.md") expect(parseChatEvent(example)).toEqual(event);
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

describe("docs/runbook.md", () => {
  const runbook = read("docs/runbook.md");

  test("explains every reason for a refusal", () => {
    for (const reason of REFUSAL_REASONS) expect(runbook).toContain(`\`${reason}\``);
  });

  test("quotes messages that the functions write", () => {
    const files = ["functions", "tencent"].flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true }).map((name) => `${folder}/${name}`),
    );
    const sources = files.filter((name) => name.endsWith(".ts")).map(read);
    const messages = Array.from(
      runbook.matchAll(/`(?!npm|cdk)([A-Za-z][a-z]*(?: [a-z]+)+)`/g),
      ([, message = ""]) => message,
    );
    expect(messages.length).toBeGreaterThan(8);
    expect(messages.filter((message) => !sources.join("").includes(message))).toEqual([]);
  });

  test("finds each resource that it names by its name, and nothing else", () => {
    const [helper = ""] = /^resource\(\) \{.*\}$/m.exec(runbook) ?? [];
    const [, section = ""] = /^## Where things are$(.*?)^A queue's ARN/ms.exec(runbook) ?? [];
    const names = Array.from(section.matchAll(/`([A-Z]\w+)`/g), ([, name = ""]) => name);
    expect(names).toContain("CallbackFunctionLogs");

    const stack = new Stack(newApp(), "Stack");
    for (const kind of NEW_DESTINATIONS) {
      new TencentChatEvents(stack, kind, { sdkAppId: SDK_APP_ID, destination: Destination[kind]() });
    }
    const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> };
    const found = NEW_DESTINATIONS.map((kind) => {
      const lines = Object.entries(Resources)
        .filter(([logicalId, { Type }]) => logicalId.startsWith(kind) && !Type.startsWith("AWS::IAM"))
        .map(([logicalId, { Type }]) => `${Type}\t${logicalId}\tphysical id`);
      const script = `${helper}\nfor name in "$@"; do resource "$name" | grep -c physical; done; true`;
      const env = { ...process.env, resources: lines.join("\n") };
      // To standard error, it reports each name that the stack does not have.
      const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
      return execFileSync("bash", ["-c", script, "bash", ...names], { env, encoding: "utf8", stdio })
        .trim()
        .split("\n");
    });
    for (const [index, name] of names.entries()) {
      const counts = found.map((stackCounts) => stackCounts[index]);
      expect(counts, name).toContain("1");
      expect(["0", "1"], name).toEqual(expect.arrayContaining(counts));
    }
  });
});

/** What a command asks of AWS: the names of the operations in its sources. */
function operationsOf(...folders: string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name}`),
  );
  const calls = files.flatMap((file) => Array.from(read(file).matchAll(/new (\w+)Command\(|paginate(\w+)\(/g)));
  return [...new Set(calls.map(([, command, paginator]) => command ?? paginator ?? ""))];
}

/** Operations whose right has another name, or which need none. */
const RIGHTS: Readonly<Record<string, string>> = {
  DeleteMessageBatch: "DeleteMessage",
  GetAccount: "apigateway:GET",
  GetApi: "apigateway:GET",
  GetCallerIdentity: "",
  GetStage: "apigateway:GET",
};

test.each([
  ["docs/deploy.md", "npm run doctor", ["bin/doctor"]],
  ["docs/integration-test.md", "npm run integ", ["bin/integ"]],
])("%s lists the rights that %s needs", (page, _command, folders) => {
  const operations = operationsOf(...folders);
  expect(operations.length).toBeGreaterThan(5);
  const text = read(page);
  expect(operations.filter((name) => !text.includes(RIGHTS[name] ?? name))).toEqual([]);
});
