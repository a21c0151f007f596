import type { Annotations } from "aws-cdk-lib";
import { COMMANDS, familyOf } from "../tencent/commands.ts";
import { closestName } from "./closest-name.ts";

const COMMAND_NAMES = Object.keys(COMMANDS);
const FAMILIES = [...new Set(COMMAND_NAMES.map(familyOf))];
const FAMILY_NAMES = FAMILIES.map((family) => `${family}.*`);

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
      const nearest = suggest(name);
      const suggestion = nearest === undefined ? "." : `; did you mean ${nearest}?`;
      return `Tencent does not document '${name}'${suggestion} It is used as written`;
    });
}

function suggest(name: string): string | undefined {
  if (!name.endsWith(".*")) return closestName(name, COMMAND_NAMES);
  // Without the suffix, which all families share.
  const family = closestName(familyOf(name), FAMILIES);
  return family && `${family}.*`;
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
