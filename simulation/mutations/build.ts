import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundleOptions } from "../../bin/build/build-functions.ts";
import { type Bundle, compileBundle } from "../lambda/bundle.ts";
import type { Bundles } from "../run.ts";
import type { Mutation } from "./mutation.ts";

const PROJECT = join(import.meta.dirname, "../..");

/**
 * Bundles the functions with one mutation, as `npm run build` bundles them.
 *
 * @param shipped the bundles without the mutation: a function that does not contain the source stays as it is
 * @throws {Error} when the mutation does not fit its source any more
 */
export async function buildMutated(mutation: Mutation, shipped: Bundles): Promise<Bundles> {
  const contents = await mutate(mutation);
  const bundle = async (name: keyof Bundles) => (await bundleMutated(name, mutation.file, contents)) ?? shipped[name];
  const [callback, republish] = await Promise.all([bundle("callback"), bundle("republish")]);
  return { callback, republish };
}

/**
 * Applies a mutation.
 *
 * @returns the mutated source
 * @throws {Error} when the text does not occur once in the source
 */
export async function mutate({ name, file, find, replace }: Mutation): Promise<string> {
  const source = await readFile(join(PROJECT, file), "utf8");
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(
      `the mutation '${name}' does not apply: '${find}' occurs ${parts.length - 1} times in ${file}, expected once. ` +
        "Adapt it in simulation/mutations/",
    );
  }
  return parts.join(replace);
}

/** @returns `undefined` if the function does not contain the source */
async function bundleMutated(name: keyof Bundles, file: string, contents: string): Promise<Bundle | undefined> {
  const options = bundleOptions(name);
  let isPart = false;
  const replaceSource: Plugin = {
    name: "replace-source",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(PROJECT, file)) return undefined;
        isPart = true;
        return { contents, loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({ ...options, plugins: [replaceSource, ...options.plugins], logLevel: "silent" });
  return isPart ? compileBundle(outputFiles[0]?.text ?? "", name) : undefined;
}
