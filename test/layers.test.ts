import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** The floors of the tower, from the bottom: each imports only from itself and the floors below it. */
const FLOORS = ["tencent", "events", "functions", "lib", "local", "bin", "simulation", "bench"];

const PROJECT = join(import.meta.dirname, "..");
const floorOf = (file: string) => FLOORS.indexOf(file.split("/")[0] ?? "");

/** Every import of some folders' files, by the importing file; and the folders' code without comments. */
async function bundle(folders: readonly string[]) {
  const { metafile, outputFiles } = await build({
    entryPoints: folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: PROJECT })),
    absWorkingDir: PROJECT,
    outdir: ".",
    outbase: ".",
    bundle: true,
    write: false,
    metafile: true,
    minifyWhitespace: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "silent",
    // Without the paths of tsconfig.json, which resolve the package's own name.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [keepTypeImports],
  });
  const imports = Object.entries(metafile.inputs)
    .filter(([file]) => folders.some((folder) => file.startsWith(`${folder}/`)))
    .flatMap(([file, input]) =>
      input.imports.map(({ path, external = false }) => ({ file, path, external, text: `${file} imports ${path}` })),
    );
  return { imports, code: outputFiles.map(({ text }) => text) };
}

/** esbuild drops `import type`, but a type is also a dependency. */
const keepTypeImports = {
  name: "keep-type-imports",
  setup({ onLoad }: import("esbuild").PluginBuild) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/^(import|export) type (?=[{*])/gm, "$1 "),
      loader: "ts" as const,
    }));
  },
};

test("Each floor imports only from itself and the floors below it", async () => {
  const { imports } = await bundle(FLOORS);
  const own = imports.filter(({ external }) => !external);
  expect(own.length).toBeGreaterThan(200);
  const upwards = own.filter(({ file, path }) => floorOf(path) === -1 || floorOf(path) > floorOf(file));
  expect(upwards.map(({ text }) => text)).toEqual([]);
});

test("tencent/ and events/ know no AWS, network, environment or clock", async () => {
  const { imports, code } = await bundle(["tencent", "events"]);
  const packages = imports.filter(
    ({ external, path }) => external && !["@standard-schema/spec", "node:crypto", "valibot"].includes(path),
  );
  expect(packages.map(({ text }) => text)).toEqual([]);
  expect(code.length).toBeGreaterThan(10);
  for (const text of code)
    expect(text).not.toMatch(/\bprocess\b|\bDate\.now\b|new Date\(\)|\bperformance\b|\bsetTimeout\b/);
});

test("functions/aws/ knows nothing of this project", async () => {
  const { imports } = await bundle(["functions/aws"]);
  const outside = imports.filter(({ external, path }) => !external && !path.startsWith("functions/aws/"));
  expect(outside.map(({ text }) => text)).toEqual([]);
});

test("The examples import the package by its name, as its users do", async () => {
  const { imports } = await bundle(["examples"]);
  expect(imports.map(({ path }) => path)).toContain("tencent-chat-events");
  const outside = imports.filter(({ external, path }) => !external && !path.startsWith("examples/"));
  expect(outside.map(({ text }) => text)).toEqual([]);
});
