import type { Annotations } from "aws-cdk-lib";
import { closestMatch } from "leven";
import { COMMANDS, familyOf } from "../tencent/commands.ts";

const COMMAND_NAMES = Object.keys(COMMANDS);
const FAMILY_NAMES = [...new Set(COMMAND_NAMES.map((name) => `${familyOf(name)}.*`))];

/**
 * Suggests a documented name for each undocumented one, which may be misspelt or newer than this package.
 *
 * @param names commands, families such as `C2C.*`, or `*`
 * @returns a sentence for each undocumented name
 */
export function explainUndocumented(names: readonly string[]): string[] {
  return names
    .filter((name) => name !== "*" && !COMMAND_NAMES.includes(name) && !FAMILY_NAMES.includes(name))
    .map((name) => {
      const nearest = closestMatch(name, name.endsWith(".*") ? FAMILY_NAMES : COMMAND_NAMES);
      return `Tencent does not document '${name}'; did you mean ${nearest}? It is used as written`;
    });
}

/**
 * Warns of undocumented names at synthesis.
 *
 * @param property the property that holds the names
 * @param names commands, families such as `C2C.*`, or `*`
 */
export function warnOfUndocumented(annotations: Annotations, property: string, names: readonly string[]): void {
  for (const sentence of explainUndocumented(names)) {
    annotations.addWarningV2("tencent-chat-events:undocumented-command", `${property}: ${sentence}`);
  }
}
