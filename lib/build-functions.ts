import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** The functions, each a folder in `functions/` with an `index.ts` that exports `handler`. */
const FUNCTIONS = ["callback"] as const;

/** The name of a function. */
export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * The folder that holds a function's bundle, `index.mjs`: what the stack deploys and the local system runs.
 *
 * @param name the function
 */
export function bundleFolder(name: FunctionName): string {
  return join(PROJECT, "dist", name);
}

/**
 * Bundles all functions into `dist/`. Files that would not change are left alone, so that several can build at a time.
 *
 * @returns the files and their sizes in bytes
 * @throws {Error} esbuild's, when a source does not compile
 */
export async function buildFunctions(): Promise<{ file: string; bytes: number }[]> {
  return Promise.all(
    FUNCTIONS.map(async (name) => {
      const { outputFiles } = await build({
        entryPoints: [join(PROJECT, "functions", name, "index.ts")],
        bundle: true,
        write: false,
        minify: true,
        platform: "node",
        target: "esnext",
        format: "esm",
        // esbuild would prefer the packages' CommonJS, which an ES module can't `require` its Node.js parts for.
        mainFields: ["module", "main"],
        legalComments: "none",
        // Only reached by a part of the library that is not used; followed, it keeps 1 KB of other parts alive.
        external: ["@smithy/core/event-streams"],
        plugins: [builtinsWithoutImport, unusedConstants],
      });
      const contents = Buffer.concat(outputFiles.map((file) => file.contents));
      const file = join(bundleFolder(name), "index.mjs");
      await writeIfChanged(file, contents);
      return { file, bytes: contents.byteLength };
    }),
  );
}

/**
 * Takes Node.js's own modules from `process.getBuiltinModule`: an ES `import` of `node:http` also loads undici, to list
 * what it exports, which costs 45 ms on Node.js 24 (https://github.com/nodejs/node/issues/59686).
 *
 * They become ES modules, as CommonJS ones would need 1 KB of helpers; of their exports those that are used remain.
 */
const builtinsWithoutImport: Plugin = {
  name: "builtins-without-import",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      isBuiltin(path) ? { path, namespace: "builtin", pluginData: { kind } } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path, pluginData: { kind } }) => {
      // Whoever imports dynamically gets a whole module; the only one that does takes its default export.
      const names = kind === "dynamic-import" ? [] : Object.keys(process.getBuiltinModule(path) ?? {});
      const exports = names.map((name) => `export const ${name} = /* @__PURE__ */ $get(${JSON.stringify(name)});`);
      return {
        contents: `
          const $builtin = process.getBuiltinModule(${JSON.stringify(path)});
          const $get = (name) => $builtin[name];
          export default $builtin;
          ${exports.join("\n")}`,
      };
    });
  },
};

/** Lets esbuild leave out two constants of the library that nobody uses but whose making it takes for a side effect: 2 KB. */
const unusedConstants: Plugin = {
  name: "unused-constants",
  setup({ onLoad }) {
    onLoad({ filter: /@smithy.core.*serde.index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/(= |extends )(bind\w+\()/g, "$1/* @__PURE__ */ $2"),
    }));
  },
};

/** Replaces a file in one step, so that nobody reads half of it. */
async function writeIfChanged(file: string, contents: Buffer): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, contents);
  await rename(draft, file);
}
