import { CfnMapping, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { CONSOLE_DOMAINS } from "./console-domains.ts";

/**
 * The URL of a dashboard in the console, in any of {@link CONSOLE_DOMAINS}' partitions.
 *
 * @param scope the scope of the mapping that the URL needs while CloudFormation alone knows the partition
 */
export function dashboardUrl(scope: Construct, dashboardName: string): string {
  const { partition, region } = Stack.of(scope);
  const mapping = Object.fromEntries(Object.entries(CONSOLE_DOMAINS).map(([name, Domain]) => [name, { Domain }]));
  const consoles = new CfnMapping(scope, "Consoles", { mapping, lazy: true });
  const domain = consoles.findInMap(partition, "Domain");
  return `https://${domain}/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`;
}
