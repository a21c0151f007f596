import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bundleFile } from "../../../lib/bundles.ts";

const KIB = 1024;
/** The bytes that a zip file adds to one such file. */
const ZIP_OVERHEAD = 118;

describe.concurrent.each(["callback", "republish"] as const)("The bundle of the function %s", (name) => {
  const file = bundleFile(name);

  test("has at most 48 KB, zipped at most 20, so that nothing large gets in by accident", async () => {
    const contents = await readFile(file);
    expect(contents.byteLength).toBeLessThanOrEqual(48 * KIB);
    expect(deflateRawSync(contents, { level: 9 }).byteLength + ZIP_OVERHEAD).toBeLessThanOrEqual(20 * KIB);
  });

  test("contains the licence of the package in it", async () => {
    const licence = await readFile("node_modules/valibot/LICENSE.md", "utf8");
    const code = await readFile(file, "utf8");
    expect(code.includes(`/*!\nvalibot\n${licence}*/`)).toBe(true);
  });

  test("imports nothing, and takes few of Node.js's own modules", async () => {
    const code = await readFile(file, "utf8");
    expect(code).not.toMatch(/\b(import|require)\s*[({"']/);
    // Each is a cost at the start: a new one wants a decision.
    const builtins = Array.from(code.matchAll(/getBuiltinModule\("([^"]+)"\)/g), ([, builtin]) => builtin);
    expect([...new Set(builtins)].sort()).toEqual(["node:crypto", "node:http", "node:https", "node:net"]);
  });

  test("exports only a handler with one parameter, loads neither undici nor the inspector, and touches no file", async () => {
    const { exports, parameters, modules, fileAccess } = await start(file);
    expect({ exports, parameters }).toEqual({ exports: ["handler"], parameters: 1 });
    expect(modules.filter((module) => /undici|inspector/.test(module))).toEqual([]);
    expect(fileAccess).toEqual([]);
  });
});

interface Start {
  readonly exports: string[];
  readonly parameters: number;
  /** Node.js's own modules that the bundle loaded. */
  readonly modules: string[];
  /** The functions of `node:fs` that were called at the start, but for those that load the bundle itself. */
  readonly fileAccess: string[];
}

/** Starts a bundle in a process of its own, configured, with services that refuse every connection. */
async function start(file: string): Promise<Start> {
  const script = `
    const before = new Set(process.moduleLoadList);
    const code = await (await import("node:fs/promises")).readFile(${JSON.stringify(file)}, "utf8");
    const fs = process.getBuiltinModule("node:fs");
    const fileAccess = [];
    for (const [name, original] of Object.entries(fs)) {
      if (typeof original !== "function" || !/Sync$/.test(name)) continue;
      fs[name] = (...given) => { fileAccess.push(name); return original(...given); };
    }
    const url = "data:text/javascript;base64," + Buffer.from(code).toString("base64");
    const { handler, ...others } = await import(url);
    const modules = process.moduleLoadList.filter((name) => !before.has(name));
    const exports = ["handler", ...Object.keys(others)];
    console.error(JSON.stringify({ exports, parameters: handler.length, modules, fileAccess }));`;
  const env = {
    SDK_APP_ID: "1400000001",
    TOKEN_SECRET_ARN: "arn",
    QUEUE_URL: "http://127.0.0.1:1/1/queue",
    STANDBY_QUEUE_URL: "http://127.0.0.1:1/1/standby",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  };
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
  return JSON.parse(stderr) as Start;
}
