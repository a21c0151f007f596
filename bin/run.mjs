// Runs a script of this project on the Node.js that Lambda's nodejs24.x runtime has: `node bin/run.mjs bin/start.ts …`.
// Plain JavaScript, because an older Node.js, which can't read TypeScript, has to be able to run it.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const REQUIRED_MAJOR_VERSION = 24;

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) {
  console.error("usage: node bin/run.mjs SCRIPT [ARGUMENT …]");
  process.exit(1);
}

if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR_VERSION) {
  process.argv.splice(1, 2, resolve(script));
  await import(pathToFileURL(resolve(script)).href);
} else {
  runOn(installedNode());
}

/** The binary that npm installed as an optional dependency, where there is one for this platform. */
function installedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    console.error(
      `This needs Node.js ${REQUIRED_MAJOR_VERSION} or newer; this is ${process.versions.node}, and the package ${name} ` +
        "is not installed. Where it exists, 'npm ci' installs it; elsewhere use a newer Node.js.",
    );
    process.exit(1);
  }
}

function runOn(node) {
  const child = spawn(node, [script, ...scriptArguments], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A signal to the process group reaches the child as well, so it may see one signal twice.
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
