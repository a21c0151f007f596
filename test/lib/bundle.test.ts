import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bundleFile } from "../../lib/bundles.ts";

const KIB = 1024;
/** What is left of 12 KB after the 118 bytes that a zip file has around one such file. */
const LARGEST_ZIPPED = 12 * KIB - 118;

describe.each(["callback", "republish"] as const)("The bundle of the function %s", (name) => {
  const file = bundleFile(name);

  test("has at most 32 KB, zipped at most 12", async () => {
    const contents = await readFile(file);
    expect(contents.byteLength).toBeLessThanOrEqual(32 * KIB);
    expect(deflateRawSync(contents, { level: 9 }).byteLength).toBeLessThanOrEqual(LARGEST_ZIPPED);
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
