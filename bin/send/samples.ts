import { closestName } from "../../lib/closest-name.ts";
import { DOCUMENTED_CALLBACKS, type DocumentedCallback } from "../../local/documented-callbacks.ts";
import { COMMANDS, commandPage, isBeforeCallback } from "../../tencent/commands.ts";
import { UsageError } from "../shared/command.ts";

/**
 * The documented samples of a command, of which the first is its usual shape.
 *
 * @throws {UsageError} if Tencent does not document the command
 */
export function samplesOf(command: string): readonly DocumentedCallback[] {
  const samples = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command);
  if (samples.length > 0) return samples;
  const nearest = closestName(command, Object.keys(COMMANDS));
  const suggestion = nearest === undefined ? "--list shows all that have one." : `did you mean ${nearest}?`;
  throw new UsageError(
    `Tencent does not document '${command}', so there is no sample of it: ${suggestion} To send it, give its body with --body FILE.`,
  );
}

/**
 * Finds a documented sample.
 *
 * @param number its number in the list, counted from 1
 * @throws {UsageError} if there is none
 */
export function findSample(command: string, number: string): DocumentedCallback {
  const samples = samplesOf(command);
  const sample = /^[1-9]\d*$/.test(number) ? samples[Number(number) - 1] : undefined;
  if (sample !== undefined) return sample;
  throw new UsageError(
    `--sample is '${number}': expected a number from 1 to ${samples.length}, which --list --command ${command} explains`,
  );
}

/** Lists all documented commands with the names of their samples. */
export function listCommands(): string {
  return Object.keys(COMMANDS)
    .map((command) => [titleOf(command), ...samplesOf(command).map(nameOf)].join("\n"))
    .join("\n\n");
}

/**
 * Lists the samples of a command, with their bodies.
 *
 * @throws {UsageError} if Tencent does not document the command
 */
export function listSamples(command: string): string {
  const samples = samplesOf(command).map((sample, index) => {
    return `${nameOf(sample, index)}\n${JSON.stringify(sample.body, undefined, 2)}`;
  });
  return [`${titleOf(command)}, ${commandPage(command)}`, ...samples].join("\n\n");
}

function titleOf(command: string): string {
  return `${command} (${isBeforeCallback(command) ? "before" : "after"}-callback)`;
}

function nameOf({ shape }: DocumentedCallback, index: number): string {
  return `  ${index + 1}  ${shape}`;
}
