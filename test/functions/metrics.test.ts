import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Metrics } from "../../functions/metrics.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** The lines written to the log, parsed. */
let lines: Record<string, unknown>[];
let metrics: Metrics;

beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
  metrics = new Metrics("1400000001");
});

afterEach(() => vi.restoreAllMocks());

const directive = (Dimensions: string[][], ...Metrics: object[]) => ({
  _aws: { Timestamp: expect.any(Number), CloudWatchMetrics: [{ Namespace: "TencentChatEvents", Dimensions, Metrics }] },
});
const count = (Name: string) => ({ Name, Unit: "Count" });

describe("The metrics", () => {
  test("are written in CloudWatch's embedded metric format, the first immediately", () => {
    metrics.count("Accepted");
    metrics.measured("PublishTime", 12.5);
    metrics.flush(NOW);
    expect(lines).toEqual([
      {
        timestamp: expect.any(String),
        level: "INFO",
        message: "metrics",
        ...directive([["SdkAppId"]], count("Accepted"), { Name: "PublishTime", Unit: "Milliseconds" }),
        SdkAppId: "1400000001",
        Accepted: 1,
        PublishTime: [12.5],
      },
    ]);
    expect(lines[0]).toMatchObject({ _aws: { Timestamp: NOW } });
  });

  test("are aggregated for a minute", () => {
    for (let age = 0; age < 2 * MINUTE; age += 1_000) {
      metrics.count("Accepted");
      metrics.flush(NOW + age);
    }
    expect(lines.map(({ Accepted }) => Accepted)).toEqual([1, 60]);
  });

  test("are written immediately if they are urgent, together with all pending ones", () => {
    metrics.count("Accepted");
    metrics.flush(NOW);
    metrics.count("Accepted");
    metrics.flush(NOW + 1);
    metrics.count("Standby");
    metrics.hurry();
    metrics.flush(NOW + 2);
    metrics.count("Accepted");
    metrics.flush(NOW + 3);
    expect(lines.map(({ Accepted, Standby }) => [Accepted, Standby])).toEqual([
      [1, undefined],
      [1, 1],
    ]);
  });

  test("of refusals are written by reason and in total", () => {
    metrics.refused("signature-invalid", NOW, {});
    metrics.refused("signature-invalid", NOW, {});
    metrics.refused("request-expired", NOW, {});
    metrics.flush(NOW);
    const written = lines.filter(({ message }) => message === "metrics");
    expect(written).toMatchObject([
      {
        ...directive([["SdkAppId"], ["SdkAppId", "Reason"]], count("Refused")),
        Reason: "signature-invalid",
        Refused: 2,
      },
      { Reason: "request-expired", Refused: 1 },
    ]);
  });

  test("are not written if nothing happened", () => {
    metrics.hurry();
    metrics.flush(NOW);
    metrics.flush(NOW + MINUTE);
    expect(lines).toEqual([]);
  });

  test("keep 100 samples, the most that one line may hold, from the whole minute", () => {
    for (let index = 0; index < 10_000; index += 1) metrics.measured("Lag", index);
    metrics.flush(NOW);
    const values = lines[0]?.["Lag"] as number[];
    expect(values.length).toBe(100);
    expect(new Set(values).size).toBe(100);
    // All 100 come from the same half with a probability of 2 in 2^100.
    expect(values.some((value) => value < 5_000)).toBe(true);
    expect(values.some((value) => value >= 5_000)).toBe(true);
  });
});

describe("A refusal", () => {
  test("is counted soon: during a burst, less than half is still in memory, at the cost of a few lines", () => {
    let counted = 0;
    for (let index = 1; index <= 1_000; index += 1) {
      metrics.refused("signature-invalid", NOW + index, {});
      metrics.flush(NOW + index);
      const written = lines.filter(({ message }) => message === "metrics");
      counted = written.reduce((sum, { Refused }) => sum + Number(Refused), 0);
      expect(counted).toBeGreaterThan(index / 2);
    }
    expect(lines.filter(({ message }) => message === "metrics").length).toBe(10);
  });

  const refusals = () => lines.filter(({ message }) => message === "a callback was refused");

  test("is logged with its details, at most five times a minute", () => {
    for (let index = 0; index < 1_000; index += 1) {
      metrics.refused("signature-invalid", NOW + index, { sourceIp: "203.0.113.7" });
      metrics.flush(NOW + index);
    }
    expect(refusals()).toEqual(
      Array(5).fill({
        timestamp: expect.any(String),
        level: "WARN",
        message: "a callback was refused",
        reason: "signature-invalid",
        sourceIp: "203.0.113.7",
      }),
    );
    metrics.refused("signature-invalid", NOW + MINUTE, {});
    expect(refusals().length).toBe(6);
  });
});
