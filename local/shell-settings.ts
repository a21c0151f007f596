import { LOCAL_REGION, type StackResource } from "./template.ts";

/** The parts of the local system that the runbook's commands reach. */
export interface ShellTargets {
  readonly sqsEndpoint: string;
  readonly secretsEndpoint: string;
  readonly resources: readonly StackResource[];
}

/**
 * Writes shell commands that lead the AWS CLI to the local system, and set the variable `resources` that docs/runbook.md finds
 * resources in.
 */
export function toShellSettings({ sqsEndpoint, secretsEndpoint, resources }: ShellTargets): string {
  const variables = {
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsEndpoint,
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  const rows = resources.map(({ type, logicalId, physicalId }) => `${type}\t${logicalId}\t${physicalId}`);
  return `${exports.join("")}resources='${rows.join("\n")}'\n`;
}
