// Runs a script on the Node.js version of Lambda's nodejs24.x runtime: `node bin/run.mjs bin/cli.ts start`.
// It is plain JavaScript because older versions of Node.js, which cannot read TypeScript, have to run it.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const REQUIRED_MAJOR_VERSION = 24;

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) {
  console.error("Usage: node bin/run.mjs SCRIPT [ARGUMENT …]");
  process.exit(1);
}

if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR_VERSION) {
  process.argv.splice(1, 2, resolve(script));
  await import(pathToFileURL(resolve(script)).href);
} else {
  runOn(installedNode());
}

/** Finds the binary that `npm ci` installed as an optional dependency, if there is one for this platform. */
function installedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    console.error(
      `Node.js ${process.versions.node} is too old, and the package ${name} is not installed: run 'npm ci', which ` +
        `installs it on Linux, or use Node.js ${REQUIRED_MAJOR_VERSION} or newer.`,
    );
    process.exit(1);
  }
}

function runOn(node) {
  const child = spawn(node, [script, ...scriptArguments], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A signal to the process group reaches the child directly as well, so the child may get it twice.
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`Cannot start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
