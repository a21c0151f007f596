import type { Annotations } from "aws-cdk-lib";
import { closestMatch } from "leven";
import { createForwarding } from "../events/forwarding.ts";
import { COMMANDS, familyOf, READ_REPORT_COMMAND } from "../tencent/commands.ts";

const COMMAND_NAMES = Object.keys(COMMANDS);
const FAMILY_NAMES = [...new Set(COMMAND_NAMES.map(toFamilyName))];

/**
 * Says of each name that Tencent does not document, and that may be misspelt or new, what the nearest one is.
 *
 * @param names commands, families such as `C2C.*`, or `*`
 * @returns a sentence for each unknown name
 */
export function explainUnknown(names: readonly string[]): string[] {
  return names
    .filter((name) => name !== "*" && !COMMAND_NAMES.includes(name) && !FAMILY_NAMES.includes(name))
    .map((name) => {
      const nearest = closestMatch(name, name.endsWith(".*") ? FAMILY_NAMES : COMMAND_NAMES);
      return `'${name}' is nothing that Tencent documents; the nearest is ${nearest}. It is taken as it is, as new ones come`;
    });
}

/** Says what {@link explainUnknown} has to say where whoever synthesises can see it. */
export function warnOfUnknown(annotations: Annotations, property: string, names: readonly string[]): void {
  for (const sentence of explainUnknown(names)) {
    annotations.addWarningV2("tencent-chat-events:undocumented-command", `${property}: ${sentence}`);
  }
}

/**
 * Whether events of a name's callbacks may come at all.
 *
 * @param name a command, a family such as `C2C.*`, or `*`
 * @param forward what becomes an event beside the read report
 */
export function mayBecomeEvents(name: string, forward: readonly string[]): boolean {
  const all = [READ_REPORT_COMMAND, ...forward];
  if (name.endsWith("*")) return name === "*" || all.includes("*") || all.map(toFamilyName).includes(name);
  return createForwarding(all).has(name);
}

/** The family that a command, or a family, is of: `C2C.*`. */
function toFamilyName(name: string): string {
  return `${familyOf(name)}.*`;
}
