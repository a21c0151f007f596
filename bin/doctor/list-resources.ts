import { CONSOLE_DOMAINS } from "../../lib/monitoring/console-domains.ts";
import { type DeployedStack, find } from "./deployed-stack.ts";

/** The types of resources that docs/runbook.md names; for those whose ARN it uses, the service and prefix in that ARN. */
const LISTED: Readonly<Record<string, string>> = {
  "AWS::Events::Archive": "events:*:archive/",
  "AWS::Events::EventBus": "events:*:event-bus/",
  "AWS::Events::Rule": "",
  "AWS::Lambda::Function": "",
  "AWS::Logs::LogGroup": "",
  "AWS::SecretsManager::Secret": "",
  "AWS::SNS::Topic": "",
  "AWS::SQS::Queue": "sqs:*:",
};

/**
 * Lists the values that the commands in docs/runbook.md need, by the names that it gives them.
 *
 * @returns one line each
 */
export function listResources({ resources, callbackUrl }: DeployedStack): string[] {
  const [, partition = "", , region = "", account] = find(
    resources,
    "AWS::Lambda::Alias",
    "CallbackAlias",
  ).physicalId.split(":");
  const rows = [["CallbackUrl", callbackUrl]];
  for (const { type, name, physicalId } of resources) {
    if (type === "AWS::CloudWatch::Dashboard") {
      const { [partition]: domain = CONSOLE_DOMAINS.aws }: Readonly<Record<string, string>> = CONSOLE_DOMAINS;
      const home = `https://${region}.${domain}/cloudwatch/home?region=${region}`;
      rows.push([name, `${home}#dashboards/dashboard/${physicalId}`]);
    }
    const arn = LISTED[type];
    if (arn === undefined) continue;
    rows.push([name, physicalId]);
    if (arn === "") continue;
    const start = `arn:${partition}:${arn.replace("*", `${region}:${account}`)}`;
    rows.push([`${name}, ARN`, `${start}${physicalId.slice(physicalId.lastIndexOf("/") + 1)}`]);
  }
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", value]) => `${name.padEnd(width)}  ${value}`);
}
