import { expect, test } from "vitest";
import { price, type Usage } from "../../../bin/integ/bill.ts";

const PRICES = { callback: 2, queueRequest: 0.5, metricMonth: 0, resourceMonth: { "AWS::CloudWatch::Alarm": 730 } };
const NOTHING: Usage = { callbacks: 0, queueRequests: 0, hours: 0, resources: {} };

test.each<[string, Partial<Usage>, number]>([
  ["callbacks, each with a message to the destination", { callbacks: 10 }, 10 * (2 + 0.5)],
  ["requests to queues", { queueRequests: 4 }, 4 * 0.5],
  ["resources for every begun hour", { hours: 1.2, resources: { "AWS::CloudWatch::Alarm": 3 } }, 2 * 3],
  ["nothing for resources without a price", { hours: 1, resources: { "AWS::IAM::Role": 9 } }, 0],
])("The cost of a run counts %s", (_name, usage, expected) => {
  expect(price({ ...NOTHING, ...usage }, PRICES)).toBeCloseTo(expected, 9);
});

test("A usual run costs a few cents", () => {
  const resources = { "AWS::CloudWatch::Alarm": 16, "AWS::CloudWatch::Dashboard": 1, "AWS::SecretsManager::Secret": 1 };
  const dollars = price({ callbacks: 6_000, queueRequests: 3_000, hours: 1.5, resources });
  expect(dollars).toBeGreaterThan(0.01);
  expect(dollars).toBeLessThan(0.1);
});
