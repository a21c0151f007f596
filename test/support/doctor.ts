import { expect } from "vitest";
import { main } from "../../bin/doctor.ts";
import { run } from "./command.ts";

/**
 * Runs `npm run doctor` in this process, and checks that it prints no secret.
 *
 * @param secrets texts that must not be printed, besides signatures
 * @returns what it printed, line by line
 */
export async function runDoctor(secrets: readonly string[], ...options: string[]) {
  const { stdout, stderr, exitCode } = await run(main, ...options);
  for (const output of [stdout, stderr]) {
    for (const secret of secrets) expect(output).not.toContain(secret);
    expect(output).not.toMatch(/Sign=|[0-9a-f]{64}/i);
  }
  return { lines: stdout.split("\n").slice(0, -1), stderr, exitCode };
}

/** The beginnings of lines, up to their first colon: the verdict and what was checked. */
export function beginnings(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, line.indexOf(":")));
}
