import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin, stop } from "esbuild";
import { type MinifyOptions, minify } from "terser";
import { bundleFile, FUNCTIONS } from "./bundles.ts";

/**
 * Bundles all functions into `dist/`. Files that would not change are left alone, so that several can build at a time.
 *
 * @returns the files and their sizes in bytes
 * @throws {Error} esbuild's, when a source does not compile; when a library lacks a part that is to be left out
 */
export async function buildFunctions(): Promise<{ file: string; bytes: number }[]> {
  const found = new Set<RegExp>();
  const built = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const { outputFiles } = await build({
        entryPoints: [join(import.meta.dirname, "../functions", name, "index.ts")],
        bundle: true,
        write: false,
        platform: "node",
        target: "esnext",
        format: "esm",
        // esbuild would prefer the packages' CommonJS, which an ES module can't `require` its Node.js parts for.
        mainFields: ["module", "main"],
        legalComments: "none",
        // Lambda's runtime has the AWS SDK. The other is only reached by a part of the library that is not used; followed,
        // it keeps 1 KB of other parts alive.
        external: ["@aws-sdk/*", "@smithy/core/event-streams"],
        plugins: [builtinsWithoutImport, withoutUnusedParts(found)],
      });
      // 4 % smaller than what esbuild makes of it, which counts for the 12 KB it may have when zipped.
      const { code = "" } = await minify(outputFiles.map(({ text }) => text).join(""), MINIFY_OPTIONS);
      const contents = Buffer.from(code);
      const file = bundleFile(name);
      await writeIfChanged(file, contents);
      return { file, bytes: contents.byteLength };
    }),
  );
  // Its process would stay as long as this one.
  await stop();
  const gone = UNUSED_PARTS.filter(({ file }) => !found.has(file));
  if (gone.length > 0) throw new Error(`Not in the libraries any more: ${gone.map(({ file }) => file).join(", ")}`);
  return built;
}

const MINIFY_OPTIONS: MinifyOptions = { module: true, ecma: 2020, compress: { passes: 3 } };

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

/**
 * Parts of the libraries that never run here, and what stands in for them: 4 KB less. The versions are pinned; should a
 * part go away, the build fails.
 */
const UNUSED_PARTS: readonly { readonly file: RegExp; readonly replace: (source: string) => string }[] = [
  // Constants that nobody uses but whose making esbuild takes for a side effect.
  {
    file: /@smithy.core.*serde.index\.js$/,
    replace: (source) => source.replace(/(= |extends )(bind\w+\()/g, "$1/* @__PURE__ */ $2"),
  },
  // Options of the HTTP handler that are not set: an attempt has a timeout of its own, which covers the whole answer.
  { file: /node-http-handler.*set-socket-timeout\.js$/, replace: () => "export const setSocketTimeout = () => {};" },
  { file: /node-http-handler.*set-request-timeout\.js$/, replace: () => "export const setRequestTimeout = () => -1;" },
  {
    file: /node-http-handler.*resolve-default-socket-timeout\.js$/,
    replace: () => "export const resolveDefaultSocketTimeout = () => {};",
  },
  { file: /protocols.*buildQueryString\.js$/, replace: () => 'export const buildQueryString = () => "";' },
  // The error of an aborted attempt, which the client replaces with its own.
  {
    file: /node-http-handler.*build-abort-error\.js$/,
    replace: () => "export const buildAbortError = () => new Error();",
  },
];

function withoutUnusedParts(found: Set<RegExp>): Plugin {
  return {
    name: "without-unused-parts",
    setup({ onLoad }) {
      for (const { file, replace } of UNUSED_PARTS) {
        onLoad({ filter: file }, async ({ path }) => {
          found.add(file);
          return { contents: replace(await readFile(path, "utf8")) };
        });
      }
    },
  };
}

/** Replaces a file in one step, so that nobody reads half of it. */
async function writeIfChanged(file: string, contents: Buffer): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, contents);
  await rename(draft, file);
}
