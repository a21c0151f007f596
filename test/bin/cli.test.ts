import { describe, expect, test } from "vitest";
import { runNpm } from "../support/local-system.ts";

describe.each(["start", "send", "replay", "doctor", "build", "generate", "bench", "bench:load"])(
  "npm run %s",
  (name) => {
    test("runs the command of that name", async () => {
      const { stdout, stderr, exitCode } = await runNpm(name, "--help");
      expect(stdout).toMatch(new RegExp(`^Usage: npm (run )?${name}( -- \\[options\\])?\\n`));
      expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    });
  },
);

test("A mistake on the command line goes to stderr and ends the process with exit code 1", async () => {
  const { stdout, stderr, exitCode } = await runNpm("send", "--urll", "x");
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toMatch(/^Unknown option --urll: did you mean --url\? .*\n$/);
});
