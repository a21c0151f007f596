import { readFile } from "node:fs/promises";
import { type BuildOptions, build } from "esbuild";
import { bundleOptions } from "../../bin/build/build-functions.ts";
import { compileBundle } from "../../simulation/lambda/bundle.ts";
import type { Bundles } from "../../simulation/run.ts";

/**
 * Bundles a function with a fault.
 *
 * @param file the source that has the fault, such as `functions/callback/deliver.ts`
 * @param text what to replace in it; once
 * @throws {Error} when the source does not have the text
 */
export async function buildWithFault(name: keyof Bundles, file: string, text: string | RegExp, fault: string) {
  let hasText = false;
  const options: BuildOptions & ReturnType<typeof bundleOptions> = bundleOptions(name);
  const { outputFiles } = await build({
    ...options,
    plugins: [
      {
        name: "fault",
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            if (!path.endsWith(`/${file}`)) return undefined;
            const source = await readFile(path, "utf8");
            const contents = source.replace(text, fault);
            hasText = contents !== source;
            return { contents, loader: "ts" };
          });
        },
      },
      ...options.plugins,
    ],
  });
  if (!hasText) throw new Error(`${file} does not have the text to replace: ${text}`);
  return compileBundle(outputFiles.map(({ text: code }) => code).join(""), name);
}
