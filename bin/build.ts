import { execFile } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildFunctions } from "./build/build-functions.ts";
import { type CommandDefinition, type CommandIo, toMain } from "./shared/command.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

export const definition = {
  invocation: "npm run build",
  summary:
    "Writes dist/: the functions' bundles, exactly the files that the stack deploys, and the package's modules and types.",
  options: {},
  example: "npm run build",
} as const satisfies CommandDefinition;

export const main = toMain(definition, async (_options, io) => {
  for (const { file, bytes } of await buildFunctions()) {
    io.stdout.write(`${relative(PROJECT, file)}  ${bytes} bytes\n`);
  }
  return compileModules(io);
});

/** Compiles the package's modules and types. */
async function compileModules({ stderr }: CommandIo): Promise<number> {
  try {
    await promisify(execFile)("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"], { cwd: PROJECT });
    return 0;
  } catch (error) {
    // Where the compiler reports what is wrong with the sources.
    const { stdout, code } = error as { stdout?: string; code?: number };
    if (!stdout) throw error;
    stderr.write(stdout);
    return code ?? 1;
  }
}
