import { describe, expect, test } from "vitest";
import { price, type Usage } from "../../../bin/integ/bill.ts";

const NOTHING: Usage = { callbacks: 0, queueRequests: 0, hours: 0, resources: {} };
/** The amount that a change of the usage adds to the bill, in US dollars. */
const added = (base: Partial<Usage>, change: Partial<Usage>) =>
  price({ ...NOTHING, ...base, ...change }) - price({ ...NOTHING, ...base });

describe("The cost of a run", () => {
  test("counts callbacks at the price of the dearest destination", () => {
    expect(added({}, { callbacks: 1e6 })).toBeCloseTo(1.0 + 0.2 + 0.33 + 0.02 + 1.0 + 0.5, 2);
  });

  test("counts requests to queues", () => {
    expect(added({}, { queueRequests: 1e6 })).toBeCloseTo(0.5, 9);
  });

  test("counts resources for every begun hour, and those without a price not at all", () => {
    expect(added({ hours: 1.2 }, { resources: { "AWS::CloudWatch::Alarm": 365 } })).toBeCloseTo(
      365 * 0.1 * (2 / 730),
      9,
    );
    expect(added({ hours: 1 }, { resources: { "AWS::IAM::Role": 9 } })).toBe(0);
  });

  test("is a few cents for a usual run", () => {
    const resources = {
      "AWS::CloudWatch::Alarm": 16,
      "AWS::CloudWatch::Dashboard": 1,
      "AWS::SecretsManager::Secret": 1,
    };
    const dollars = price({ callbacks: 6_000, queueRequests: 3_000, hours: 1.5, resources });
    expect(dollars).toBeGreaterThan(0.01);
    expect(dollars).toBeLessThan(0.1);
  });
});
