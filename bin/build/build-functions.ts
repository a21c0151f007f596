import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, stop } from "esbuild";
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
      const { outputFiles, metafile } = await build({ ...bundleOptions(name), metafile: true });
      const code = outputFiles.map((output) => output.contents);
      const contents = Buffer.concat([...code, Buffer.from(await licences(metafile))]);
      const file = bundleFile(name);
      await writeIfChanged(file, contents);
      return { file, bytes: contents.byteLength };
    }),
  );
  // Otherwise esbuild's process lives as long as this one.
  await stop();
  return built;
}

/**
 * The licences of the packages in a bundle, as a comment: MIT, for one, demands its text in all copies.
 *
 * @throws {Error} when a package has no file with its licence
 */
async function licences({ inputs }: Metafile): Promise<string> {
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  const comments = Array.from(new Set(folders), async (folder) => {
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${folder} has no licence file: expected one to include in the bundle`);
    return `/*!\n${folder.replace(/^.*node_modules\//, "")}\n${await readFile(join(folder, file), "utf8")}*/\n`;
  });
  return (await Promise.all(comments)).join("");
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
