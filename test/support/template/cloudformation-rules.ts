import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CloudFormationValidatePlugin } from "aws-cdk-lib";
import type { CloudFormationTemplate } from "./cloudformation-template.ts";

/** References to an unknown id are followed by every id that exists. */
const LONGEST_MESSAGE = 150;

// Each plugin loads AWS's schemas of all resource types, which takes about a second.
let plugin: CloudFormationValidatePlugin | undefined;

/**
 * Checks a template with CDK's own validator, which knows AWS's schemas of all resource types and cfn-lint's rules
 * (https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html). It finds unknown, missing and mistyped
 * properties, values, lengths and patterns that a type's schema does not allow, dangling references and circular
 * dependencies.
 *
 * @returns one line for each mistake: the logical id, the property, the message and the rule's name
 */
export function checkCloudFormationRules(template: CloudFormationTemplate): string[] {
  plugin ??= new CloudFormationValidatePlugin();
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  try {
    const templatePath = join(folder, "template.json");
    writeFileSync(templatePath, JSON.stringify(template));
    const { violations } = plugin.validate({
      templatePaths: [templatePath],
      stackTemplates: [{ stackConstructPath: "Stack", templatePath, accountId: undefined, region: undefined }],
      appConstruct: new App({ builtinCloudFormationValidation: false }),
    });
    return violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ resourceLogicalId = "Template" }) => {
        const isLong = description.length > LONGEST_MESSAGE;
        return `${resourceLogicalId}: ${isLong ? `${description.slice(0, LONGEST_MESSAGE)}…` : description} [${ruleName}]`;
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
