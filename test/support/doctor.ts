import { expect } from "vitest";
import { runNpmWith } from "./local-system.ts";

/**
 * Runs `npm run doctor`, and sees to it that no secret comes out.
 *
 * @param secrets what must not be printed, beside signatures
 * @returns what it printed, line by line
 */
export async function runDoctor(secrets: readonly string[], environment: NodeJS.ProcessEnv, ...options: string[]) {
  const { stdout, stderr, exitCode } = await runNpmWith(environment, "doctor", ...options);
  for (const output of [stdout, stderr]) {
    for (const secret of secrets) expect(output).not.toContain(secret);
    expect(output).not.toMatch(/Sign=|[0-9a-f]{64}/i);
  }
  return { lines: stdout.split("\n").slice(0, -1), stderr, exitCode };
}

/** Beginnings of lines, up to their first colon: the verdict and what was looked at. */
export function beginnings(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, line.indexOf(":")));
}
