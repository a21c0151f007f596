import { checkCloudFormationRules } from "./cloudformation-rules.ts";
import type { CloudFormationTemplate } from "./cloudformation-template.ts";
import { checkMonitoring } from "./monitoring-rules.ts";
import { checkQuotas } from "./quotas.ts";
import { checkUpdatePolicies } from "./update-policies.ts";

/**
 * Finds mistakes for which CloudFormation, or a service behind it, would refuse a template.
 *
 * @returns one line for each: where it is, what is wrong, what is expected and which rule or page says so
 */
export function checkTemplate(template: CloudFormationTemplate): string[] {
  const findings = [...checkCloudFormationRules(template), ...checkUpdatePolicies(template)];
  // The other rules read values, which they cannot while references dangle.
  return findings.length > 0 ? findings : [...checkQuotas(template), ...checkMonitoring(template)];
}
