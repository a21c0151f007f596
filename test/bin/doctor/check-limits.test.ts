import { describe, expect, test } from "vitest";
import { concurrencyFinding, MILLISECONDS_PER_CALLBACK, throttleFinding } from "../../../bin/doctor/check-limits.ts";
import { toLine } from "../../../bin/doctor/finding.ts";
import { readBenchResults } from "../../../bin/generate/bench-results.ts";
import { ASSUMPTIONS, lambdaMilliseconds } from "../../../bin/shared/callback-cost.ts";

/** The stage's throttle by default. */
const STAGE = { rateLimit: 2_000, burstLimit: 4_000 };
/** The account's throttle by default, in a large region. */
const ACCOUNT = { rateLimit: 10_000, burstLimit: 5_000 };

const lineOf = (reserved: number | undefined, unreserved: number, quota = 1_000) =>
  toLine(concurrencyFinding({ reserved, unreserved, quota }, STAGE));

describe("Lambda's concurrency, with 2,000 callbacks a second, bursts of 4,000 and 17 ms a callback", () => {
  test.each([
    ["a new account's quota", "note", undefined, 10, 10],
    ["what other functions leave of the quota", "note", undefined, 101, 1_000],
    ["as many as the busiest second needs", "ok  ", undefined, 102, 1_000],
    ["one reserved environment", "note", 1, 900, 1_000],
    ["as many reserved ones as the busiest second needs", "ok  ", 102, 900, 1_000],
  ])("%s: %s", (_what, verdict, reserved, unreserved, quota) => {
    expect(lineOf(reserved, unreserved, quota).slice(0, 4)).toBe(verdict);
  });

  test("a quota is explained with its value, its meaning and the command that raises it", () => {
    expect(lineOf(undefined, 10, 10)).toBe(
      "note  concurrency: 10 environments, shared by the account's functions (its quota is 10), handle about 588 callbacks a " +
        "second at 17 ms each; API Gateway lets 2000 a second through, and bursts of 4000: Lambda refuses callbacks above 588 a " +
        "second, and they are lost. If you expect so many, request a higher quota: aws service-quotas " +
        "request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000; otherwise lower " +
        "throttle. See docs/runbook.md#function-throttled",
    );
  });

  test("a quota that other functions reserve is requested for them as well", () => {
    expect(lineOf(undefined, 100 - 50, 2_050)).toContain("--desired-value 2102;");
  });

  test("reserved environments are a setting", () => {
    expect(lineOf(30, 900)).toContain("raise reservedConcurrentExecutions to 102; otherwise lower throttle");
  });
});

test("A callback takes as long as its cost is computed with", async () => {
  const { warmCpu } = (await readBenchResults()).usage;
  expect(MILLISECONDS_PER_CALLBACK).toBe(lambdaMilliseconds(warmCpu, ASSUMPTIONS.sqsMilliseconds));
});

describe("API Gateway's throttle", () => {
  test.each([
    ["a large region", "ok  ", STAGE, ACCOUNT],
    ["a small region", "note", STAGE, { rateLimit: 2_500, burstLimit: 1_250 }],
    ["a rate above the account's", "note", { rateLimit: 10_001, burstLimit: 5_000 }, ACCOUNT],
    ["a stage that lets nothing through", "FAIL", { rateLimit: 0, burstLimit: 4_000 }, ACCOUNT],
    ["a stage without a burst", "FAIL", { rateLimit: 2_000, burstLimit: 0 }, ACCOUNT],
  ])("%s: %s", (_what, verdict, stage, account) => {
    expect(throttleFinding(stage, account).verdict).toBe(verdict.trim());
  });

  test("a quota is explained with its value, its meaning and the command that raises it", () => {
    expect(toLine(throttleFinding(STAGE, { rateLimit: 2_500, burstLimit: 1_250 }))).toBe(
      "note  throttle: the stage lets 2000 callbacks a second through, and bursts of 4000; the account allows 2500 and 1250 for " +
        "all its APIs in this region: callbacks above the account's quota are refused with 429 and lost. If you expect so many, " +
        "request a higher quota: aws service-quotas request-service-quota-increase --service-code apigateway --quota-code " +
        "L-8A5B8E43 --desired-value 8000; otherwise lower throttle. See docs/runbook.md#gateway-throttled",
    );
  });
});
