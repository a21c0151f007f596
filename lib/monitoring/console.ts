import { CfnMapping, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** The console's domain by partition. */
const CONSOLES = {
  aws: { Domain: "console.aws.amazon.com" },
  "aws-cn": { Domain: "console.amazonaws.cn" },
  "aws-us-gov": { Domain: "console.amazonaws-us-gov.com" },
  "aws-eusc": { Domain: "console.amazonaws-eusc.eu" },
};

/**
 * The URL of a dashboard in the console, in any of these partitions.
 *
 * @param scope the scope of the mapping that the URL needs while CloudFormation alone knows the partition
 */
export function dashboardUrl(scope: Construct, dashboardName: string): string {
  const { partition, region } = Stack.of(scope);
  const consoles = new CfnMapping(scope, "Consoles", { mapping: CONSOLES, lazy: true });
  const domain = consoles.findInMap(partition, "Domain");
  return `https://${domain}/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`;
}
