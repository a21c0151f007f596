import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bundleFile } from "../../lib/bundles.ts";

const KIB = 1024;
const file = bundleFile("callback");

describe("The callback function's bundle", () => {
  test("has at most 32 KB, zipped at most 12", async () => {
    const contents = await readFile(file);
    expect(contents.byteLength).toBeLessThanOrEqual(32 * KIB);
    expect(deflateRawSync(contents, { level: 9 }).byteLength).toBeLessThanOrEqual(12 * KIB);
  });

  test("imports nothing, does not load undici, and exports a handler with at most two parameters, and nothing else", async () => {
    expect(await readFile(file, "utf8")).not.toMatch(/\b(import|require)\s*[({"']/);
    const script = `
      const { handler, ...others } = await import(${JSON.stringify(file)});
      const loaded = process.moduleLoadList.filter((name) => /undici/.test(name));
      console.error(JSON.stringify({ parameters: handler.length, others, loaded }));`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env: {} });
    expect(JSON.parse((await run).stderr)).toEqual({ parameters: 1, others: {}, loaded: [] });
  });
});
