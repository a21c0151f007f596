import { beforeEach, describe, expect, test, vi } from "vitest";
import { checkDestination } from "../../../bin/doctor/check-destination.ts";
import type { DeployedResource } from "../../../bin/doctor/deployed-stack.ts";
import { toLine } from "../../../bin/doctor/finding.ts";
import { clientSettings } from "../../../bin/shared/client-settings.ts";
import { type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";

/** A stand-in for EventBridge and SQS. */
let endpoint: FaultyEndpoint;

beforeEach(async () => {
  endpoint = await startFaultyEndpoint("http://127.0.0.1:1");
  const names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  for (const name of names) vi.stubEnv(name, "any");
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint.url);
  return async () => {
    vi.unstubAllEnvs();
    await endpoint.close();
  };
});

/** Checks one resource, about which AWS answers the same to every question. */
async function check(resource: Pick<DeployedResource, "type" | "name" | "physicalId">, answer: object) {
  endpoint.fail = () => ({ status: 200, body: JSON.stringify(answer) });
  const stack = { callbackUrl: "", apiCallbackUrl: "", variables: {}, resources: [{ ...resource, isChanging: false }] };
  const findings = await Array.fromAsync(checkDestination(stack, clientSettings("us-east-1")));
  return findings.map(toLine);
}

describe("npm run doctor -- --stack", () => {
  test.each(["", "NotVisible", "Delayed"])("counts the messages that a queue calls %s", async (state) => {
    const queue = { type: "AWS::SQS::Queue", name: "StandbyQueue", physicalId: `${endpoint.url}/1/standby` };
    const all = ["", "NotVisible", "Delayed"].map((each) => `ApproximateNumberOfMessages${each}`);
    const Attributes = Object.fromEntries(all.map((name) => [name, name.endsWith(`Messages${state}`) ? "3" : "0"]));
    expect(await check(queue, { Attributes })).toEqual([
      "note  StandbyQueue: holds about 3 messages. See docs/runbook.md#standby-in-use",
    ]);
    expect(endpoint.calls[0]?.input["AttributeNames"]).toEqual(all);
  });

  test.each([
    ["bus|rule", "rule", "bus"],
    ["rule", "rule", undefined],
  ])("asks for the rule %s on its bus", async (physicalId, Name, EventBusName) => {
    const rule = { type: "AWS::Events::Rule", name: "ReadEventsRule", physicalId };
    expect(await check(rule, { State: "ENABLED" })).toEqual(["ok    ReadEventsRule: enabled"]);
    expect(endpoint.calls.map(({ input }) => input)).toEqual([{ Name, EventBusName }]);
  });
});
