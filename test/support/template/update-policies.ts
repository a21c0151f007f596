import type { CloudFormationTemplate } from "./cloudformation-template.ts";

/**
 * Finds references in update policies to resources that do not exist. CDK's validator does not look there.
 *
 * @returns one line for each dangling reference
 */
export function checkUpdatePolicies(template: CloudFormationTemplate): string[] {
  const { Resources, Parameters = {} } = template;
  return Object.entries(Resources).flatMap(([logicalId, { UpdatePolicy }]) =>
    references(UpdatePolicy, "UpdatePolicy")
      .filter(({ target }) => !(target in Resources || target in Parameters || target.startsWith("AWS::")))
      .map(({ path, target }) => `${logicalId}: ${path}: "${target}" is neither a resource nor a parameter`),
  );
}

/** Lists the targets of every `Ref` and `Fn::GetAtt` in a value, each with its path. */
function references(value: unknown, path: string): { readonly path: string; readonly target: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === "Ref") return [{ path, target: item as string }];
    if (key === "Fn::GetAtt") return [{ path, target: (item as [string, string])[0] }];
    return references(item, `${path}.${key}`);
  });
}
