import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { NEW_DESTINATIONS, named, synthesise } from "../support/stack.ts";

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
}

/** Everything that CloudFormation creates before a resource: what it refers to or depends on, and so on. */
function createdBefore(template: Template, logicalId: string): Set<string> {
  const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
  const found = new Set<string>();
  const visit = (id: string) => {
    const text = JSON.stringify(Resources[id]);
    const references = Array.from(text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g), ([, name = ""]) => name);
    for (const next of [...references, ...[Resources[id]?.DependsOn ?? []].flat()]) {
      if (!(next in Resources) || found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(logicalId);
  return found;
}

describe.each(NEW_DESTINATIONS)("With %s", (kind) => {
  const template = synthesise({ destination: Destination[kind]() });
  const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
  // Standby's own policies protect it, but events reach it without them.
  const destination = Object.entries(Resources)
    .filter(([id, { Type }]) => /^AWS::(Events::|SQS::)/.test(Type) && !id.includes("Standby"))
    .filter(([id, { Type }]) => kind === "eventBus" || (Type === "AWS::SQS::Queue" && !id.includes("Dlq")))
    .map(([id]) => id);

  test.each([
    ["callbacks reach a version of the function", "AWS::Lambda::Alias", "CallbackAlias"],
    ["the republish function gets events", "AWS::Lambda::EventSourceMapping", "RepublishingStandbyMessages"],
  ])("the destination can deliver before %s", (_what, type, name) => {
    const before = createdBefore(template, named(template, type, name).logicalId);
    expect(destination.length).toBeGreaterThan(0);
    expect(destination.filter((id) => !before.has(id))).toEqual([]);
  });

  test("the destination can deliver before the republish function changes", () => {
    const { logicalId } = named(template, "AWS::Lambda::Function", "RepublishingFunction");
    const before = createdBefore(template, logicalId);
    expect(destination.filter((id) => !before.has(id))).toEqual([]);
  });
});
