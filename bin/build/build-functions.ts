import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { type BuildOptions, build, type Plugin, stop } from "esbuild";
import { bundleFile, FUNCTIONS, type FunctionName } from "../../lib/bundles.ts";

/**
 * Bundles all functions into `dist/`. Files that would not change are left alone, so that several processes can build at a time.
 *
 * @returns the files and their sizes in bytes
 * @throws {Error} esbuild's, when a source does not compile
 */
export async function buildFunctions(): Promise<{ file: string; bytes: number }[]> {
  const built = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const { outputFiles } = await build(bundleOptions(name));
      const contents = Buffer.concat(outputFiles.map((output) => output.contents));
      const file = bundleFile(name);
      await writeIfChanged(file, contents);
      return { file, bytes: contents.byteLength };
    }),
  );
  // Otherwise esbuild's process lives as long as this one.
  await stop();
  return built;
}

/** Options with which esbuild bundles a function. */
export function bundleOptions(name: FunctionName) {
  return {
    entryPoints: [join(import.meta.dirname, "../../functions", name, "index.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "esnext",
    format: "esm",
    minify: true,
    legalComments: "none",
    // Part of Lambda's runtime.
    external: ["@aws-sdk/*"],
    plugins: [builtinsWithoutImport],
  } satisfies BuildOptions;
}

/**
 * Gets Node.js's own modules from `process.getBuiltinModule`: an ES `import` of `node:http` also loads undici to list its
 * exports, which takes 45 ms on Node.js 24 (https://github.com/nodejs/node/issues/59686).
 *
 * They become ES modules, because CommonJS modules would need 1 KB of helpers; unused exports are removed.
 */
const builtinsWithoutImport: Plugin = {
  name: "builtins-without-import",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => (isBuiltin(path) ? { path, namespace: "builtin" } : undefined));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {});
      const exports = names.map((name) => `export const ${name} = /* @__PURE__ */ $get(${JSON.stringify(name)});`);
      return {
        contents: `
          const $builtin = process.getBuiltinModule(${JSON.stringify(path)});
          const $get = (name) => $builtin[name];
          ${exports.join("\n")}`,
      };
    });
  },
};

/** Replaces a file in one step, so that no other process reads half of it. */
async function writeIfChanged(file: string, contents: Buffer): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, contents);
  await rename(draft, file);
}
