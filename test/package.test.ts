import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, glob, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { toJson } from "../events/json.ts";
import { exampleEvent } from "./support/example-event.ts";

const run = promisify(execFile);
/** Without CDK's validation, which takes longer than the rest of a synthesis: `nag.test.ts` has it. */
const env = { ...process.env, CDK_VALIDATION: "false" };
const PROJECT = join(import.meta.dirname, "..");

/** A user's CDK app, with the packed package and CDK installed. */
let app: string;
let installed: string;

const IMPORTS = `
  import { App, Stack } from "aws-cdk-lib";
  import { Destination, TencentChatEvents, type TencentChatEventsProps } from "tencent-chat-events";`;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "consumer-"));
  installed = join(app, "node_modules/tencent-chat-events");
  await mkdir(installed, { recursive: true });
  await run("npm", ["run", "build"], { cwd: PROJECT });
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", app], { cwd: PROJECT });
  await run("sh", ["-c", `tar -xzf *.tgz --strip-components=1 -C ${installed}`], { cwd: app });
  for (const name of ["@standard-schema", "@types", "aws-cdk-lib", "constructs", "leven", "valibot"]) {
    await symlink(join(PROJECT, "node_modules", name), join(app, "node_modules", name));
  }
  await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
}, 60_000);

/**
 * Compiles files as a user would. Problems in other packages' types are not our business.
 *
 * @param types packages whose global types the files need
 * @returns what is wrong, by file
 */
async function typeErrors(files: readonly string[], cwd: string, types = ""): Promise<Record<string, string[]>> {
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "esnext", "--types", types];
  const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
  const { stdout, stderr } = await run(process.execPath, [tsc, ...options, ...files], { cwd }).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  expect(stderr).toBe("");
  const lines = stdout.split("\n");
  const errors = (path: string) => lines.filter((line) => line.startsWith(path));
  expect(errors("node_modules/tencent-chat-events/")).toEqual([]);
  return Object.fromEntries(files.map((file) => [file, errors(file)]));
}

describe("The package", () => {
  test("provides a construct for a user's own stack, with the bundles in it", async () => {
    const script = `
      ${IMPORTS.replace(", type TencentChatEventsProps", "")}
      const app = new App();
      const stack = new Stack(app, "Mine");
      new TencentChatEvents(stack, "Reads", { sdkAppId: "1400000001", destination: Destination.eventBus() });
      const { template } = app.synth().getStackArtifact("Mine");
      console.log(Object.values(template.Resources).filter(({ Type }) => Type === "AWS::Lambda::Function").length);`;
    await writeFile(join(app, "app.js"), script);
    expect((await run(process.execPath, ["app.js"], { cwd: app, env })).stdout).toBe("3\n");
  });

  test("has no page with a link that leads nowhere", async () => {
    const dead: string[] = [];
    for await (const page of glob("**/*.md", { cwd: installed })) {
      const text = await readFile(join(installed, page), "utf8");
      const targets = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]*)/g), ([, path = ""]) => path);
      dead.push(...targets.filter((path) => !existsSync(join(installed, dirname(page), path))));
    }
    expect(dead).toEqual([]);
  });

  test("can be required by apps that are CommonJS", async () => {
    const script = 'console.log(Object.keys(require("tencent-chat-events")).sort().join());';
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: app });
    expect(stdout).toBe(
      "CallbacksSubscription,ChatEventsMetrics,Destination,ReadEventsSubscription,TencentChatEvents,TencentChatEventsStack\n",
    );
  });

  test("has types that find mistakes, and that the example in docs/configuration.md uses rightly", async () => {
    const source = `
      ${IMPORTS}
      export const right: TencentChatEventsProps = { sdkAppId: "1400000001", destination: Destination.fifoQueue() };
      // @ts-expect-error: text, as it is no number to reckon with
      export const wrong: TencentChatEventsProps = { sdkAppId: 1400000001 };
      const events = new TencentChatEvents(new Stack(new App(), "Mine"), "Reads", right);
      export const url: string = events.callbackUrl;
      // @ts-expect-error: there is no such thing
      events.nothing;`;
    await writeFile(join(app, "types.ts"), source);
    await writeFile(join(app, "example.ts"), await exampleIn("docs/configuration.md"));
    expect(await typeErrors(["types.ts", "example.ts"], app)).toEqual({ "types.ts": [], "example.ts": [] });
  });

  test("does what docs/configuration.md shows", async () => {
    await writeFile(join(app, "example.ts"), await exampleIn("docs/configuration.md"));
    await run(process.execPath, ["example.ts"], { cwd: app, env });
  });

  test("has examples in its docstrings that compile", async () => {
    const examples = await docstringExamples();
    for (const [file, source] of Object.entries(examples)) await writeFile(join(app, file), source);
    const none = Object.fromEntries(Object.keys(examples).map((file) => [file, []]));
    expect(await typeErrors(Object.keys(examples), app, "node")).toEqual(none);
    const documented = ["events-chat-event", "events-parse-chat-event", "events-standard-schema", "lib-destination"];
    documented.push("lib-callbacks-subscription", "lib-monitoring-metrics", "lib-tencent-chat-events");
    expect(documented.filter((name) => !(`${name}-0.ts` in examples))).toEqual([]);
  });

  test("depends on three small packages, and takes CDK from the app, if the app has it", async () => {
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Record<string, object>;
    expect(Object.keys(manifest["dependencies"] ?? {})).toEqual(["@standard-schema/spec", "leven", "valibot"]);
    const peers = ["aws-cdk-lib", "constructs"];
    expect(Object.keys(manifest["peerDependencies"] ?? {})).toEqual(peers);
    expect(manifest["peerDependenciesMeta"]).toEqual(
      Object.fromEntries(peers.map((name) => [name, { optional: true }])),
    );
    expect(manifest).not.toHaveProperty("optionalDependencies");
  });
});

describe("The package's part for consumers", () => {
  let consumer: string;

  beforeAll(async () => {
    consumer = await mkdtemp(join(tmpdir(), "consumer-"));
    await cp(installed, join(consumer, "node_modules/tencent-chat-events"), { recursive: true });
    for (const name of ["@standard-schema", "@types", "valibot"]) {
      await symlink(join(PROJECT, "node_modules", name), join(consumer, "node_modules", name));
    }
    await writeFile(join(consumer, "package.json"), JSON.stringify({ type: "module" }));
  });

  test("parses events without CDK installed", async () => {
    const script = `
      import { parseReadEvent } from "tencent-chat-events/events";
      import schema from "tencent-chat-events/chat-event.schema.json" with { type: "json" };
      const { detail } = parseReadEvent({ body: process.argv[1] });
      console.log(detail.data.LastReadTime, schema.properties.source.const);`;
    const parameters = ["--input-type=module", "--eval", script, toJson(exampleEvent())];
    const { stdout } = await run(process.execPath, parameters, { cwd: consumer });
    expect(stdout).toBe("1754284799 tencent.chat\n");
  });

  test("has types that the examples in docs/events.md and docs/callbacks.md use rightly, and that find mistakes", async () => {
    const files: Record<string, string> = {};
    for (const page of ["events", "callbacks"]) {
      const example = await exampleIn(`docs/${page}.md`);
      expect(example).toContain("tencent-chat-events/events");
      files[`${page}.ts`] = example;
      files[`wrong-${page}.ts`] = example.replace(/data\.LastReadTime(?=[)}])/g, "data.LastReadTime.nothing");
    }
    for (const [file, source] of Object.entries(files)) await writeFile(join(consumer, file), source);
    const errors = await typeErrors(Object.keys(files), consumer, "node");
    expect(errors).toMatchObject({ "events.ts": [], "callbacks.ts": [] });
    for (const page of ["events", "callbacks"]) {
      expect(errors[`wrong-${page}.ts`]).toContainEqual(expect.stringContaining("'nothing' does not exist"));
    }
  });
});

/** Each `@example` in the package's declarations, as the source of a file. */
async function docstringExamples(): Promise<Record<string, string>> {
  const examples: Record<string, string> = {};
  for await (const file of glob("dist/{events,lib}/**/*.d.ts", { cwd: installed })) {
    const declarations = await readFile(join(installed, file), "utf8");
    const name = file
      .replace(/^dist\//, "")
      .replace(/\.d\.ts$/, "")
      .replaceAll("/", "-");
    for (const [index, [, example = ""]] of [...declarations.matchAll(/@example\n\s*\* ```ts\n(.*?)```/gs)].entries()) {
      examples[`${name}-${index}.ts`] = example.replace(/^\s*\* ?/gm, "");
    }
  }
  return examples;
}

/** The first TypeScript example of a page. */
async function exampleIn(page: string): Promise<string> {
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(await readFile(join(PROJECT, page), "utf8")) ?? [];
  expect(example).not.toBe("");
  return example;
}
