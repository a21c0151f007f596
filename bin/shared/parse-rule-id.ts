/**
 * Parses the physical id of an `AWS::Events::Rule`: the rule's name, on a bus other than the default one after the bus's:
 * `<bus>|<rule>`.
 *
 * @returns EventBridge takes an `undefined` bus as the default one
 */
export function parseRuleId(physicalId: string): { readonly rule: string; readonly bus: string | undefined } {
  const [rule = "", bus] = physicalId.split("|").reverse();
  return { rule, bus };
}
