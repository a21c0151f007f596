import { isDeepStrictEqual } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import type { Flaw, Settings } from "../../../bin/integ/account.ts";
import { DELETABLE_TYPES } from "../../../bin/integ/aws/leftovers.ts";
import { EXISTING_HANDLER } from "../../../bin/integ/existing-handler.ts";
import { createIntegStack } from "../../../bin/integ/stack.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { newApp } from "../../support/stack.ts";

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface TemplateJson {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly [section: string]: unknown;
}

/** The template of one deployment, without hashes and metadata, which change with the bundles. */
function synthesise(settings: Settings, flaw?: Flaw): TemplateJson {
  const stackName = "ChatEventsInteg";
  const stack = createIntegStack(newApp(), { stackName, settings: { sdkAppId: SDK_APP_ID, ...settings }, flaw });
  const { Metadata: _, Parameters: __, Rules: ___, ...template } = Template.fromStack(stack).toJSON();
  const text = JSON.stringify(template, (key, value) => (key === "Metadata" ? undefined : value))
    .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, "$1<hash of the version>")
    .replace(/[0-9a-f]{64}/g, "<hash of the bundle>");
  return JSON.parse(text) as TemplateJson;
}

const queue = synthesise({});
const bus = synthesise({ destination: "bus" });
const relaying = synthesise({ relayUrl: EXISTING_HANDLER });

/** The resources of a template that another one lacks, or has differently. */
function difference(template: TemplateJson, other: TemplateJson): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(template.Resources).filter(([id, resource]) => !isDeepStrictEqual(resource, other.Resources[id])),
  );
}

const toText = (template: object) => `${JSON.stringify(template, null, 2)}\n`;

// To accept a change: npm run test:run -- test/bin/integ/template.test.ts --update
describe("The template of the integration stack is the committed one", () => {
  test("with a queue", async () => {
    await expect(toText(queue)).toMatchFileSnapshot("queue.template.json");
  });

  test("with a bus, as far as that differs", async () => {
    await expect(toText({ Resources: difference(bus, queue) })).toMatchFileSnapshot("bus.template.json");
  });

  test("with an existing handler, as far as that differs", async () => {
    await expect(toText({ Resources: difference(relaying, queue) })).toMatchFileSnapshot("relaying.template.json");
  });
});

test("The snapshots contain nothing that depends on the machine or on the bundles", () => {
  for (const template of [queue, bus, relaying])
    expect(toText(template)).not.toMatch(/[0-9a-f]{32}|aws:asset|\/(tmp|home)\//);
});

describe("The flaw", () => {
  const properties = ({ Resources }: TemplateJson) => {
    const [found] = Object.entries(Resources).filter(([id]) => /CallbackFunction[0-9A-F]{8}$/.test(id));
    return found?.[1].Properties as { Handler: string; Environment: { Variables: Record<string, unknown> } };
  };

  test.each<[Flaw, RegExp[]]>([
    ["no-handler", [/CallbackFunction[0-9A-F]{8}$/]],
    ["no-destination", [/CallbackFunction[0-9A-F]{8}$/]],
    ["failing-update", [/^FailingUpdate$/, /^NeverSignalled$/]],
  ])("%s changes nothing else", (flaw, expected) => {
    const changed = Object.keys(difference(synthesise({}, flaw), queue)).sort();
    expect(changed).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  test("no-handler names a handler that the bundle does not export", () => {
    expect(properties(synthesise({}, "no-handler")).Handler).toBe("index.missing");
  });

  test("no-destination names a FIFO queue that does not exist", () => {
    const { QUEUE_URL } = properties(synthesise({}, "no-destination")).Environment.Variables;
    expect(JSON.stringify(QUEUE_URL)).toContain("/ChatEventsInteg-missing.fifo");
  });

  test("failing-update fails only after callbacks have moved to the new version", () => {
    const { FailingUpdate } = synthesise({}, "failing-update").Resources;
    expect(FailingUpdate).toMatchObject({ DependsOn: [expect.stringMatching(/CallbackAlias[0-9A-F]{8}$/)] });
  });

  test.each<Flaw>(["no-handler", "no-destination"])("%s makes a new version, which the alias moves to", (flaw) => {
    const version = (given?: Flaw) => {
      const stack = createIntegStack(newApp(), {
        ...{ stackName: "S", settings: { sdkAppId: SDK_APP_ID } },
        flaw: given,
      });
      return Object.keys(Template.fromStack(stack).findResources("AWS::Lambda::Version"));
    };
    expect(version(flaw)).not.toEqual(version());
  });
});

test("npm run integ can delete every type of resource that CloudFormation keeps", () => {
  // They go with their functions and queues.
  const dependent = ["AWS::Lambda::Version", "AWS::SQS::QueuePolicy"];
  const kept = [queue, bus, relaying].flatMap(({ Resources }) =>
    Object.values(Resources).filter(({ DeletionPolicy, UpdateReplacePolicy }) =>
      [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy?.startsWith("Retain")),
    ),
  );
  const types = [...new Set(kept.map(({ Type }) => Type))].filter((type) => !dependent.includes(type));
  expect(types.length).toBeGreaterThan(0);
  expect(types.filter((type) => !DELETABLE_TYPES.includes(type))).toEqual([]);
});
