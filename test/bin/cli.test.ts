import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { runNpm, runNpmWith } from "../support/local-system.ts";

/** The scripts that run a command of this project. */
const COMMANDS = Object.entries(manifest.scripts).flatMap(([name, script]) =>
  /\/cli\.ts /.test(script) ? [name] : [],
);

describe.each(COMMANDS)("npm run %s", (name) => {
  test("runs the command of that name", async () => {
    const { stdout, stderr, exitCode } = await runNpm(name, "--help");
    expect(stdout).toMatch(new RegExp(`^Usage: npm (run )?${name}( -- \\[options\\])?\\n`));
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });
});

test("A mistake on the command line goes to stderr and ends the process with exit code 1", async () => {
  const { stdout, stderr, exitCode } = await runNpm("send", "--urll", "x");
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toMatch(/^Unknown option --urll: did you mean --url\? .*\n$/);
});

test("An option that npm kept, because no -- came before it, is not dropped silently", async () => {
  const { stderr, exitCode } = await runNpmWith({ npm_config_unread: "3" }, "send");
  expect({ stderr, exitCode }).toEqual({
    stderr: "npm took --unread for itself: write 'npm run send -- --unread N'\n",
    exitCode: 1,
  });
});
