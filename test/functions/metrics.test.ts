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
/** The lines of metrics that contain a name. */
const written = (name: string) => lines.filter((line) => line["message"] === "metrics" && name in line);
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

  test("are written immediately after the clock was set back, not when it has caught up", () => {
    for (const now of [NOW, NOW + 1, NOW - 60 * MINUTE, NOW - 60 * MINUTE + 1]) {
      metrics.count("Accepted");
      metrics.flush(now);
    }
    expect(lines.map(({ Accepted }) => Accepted)).toEqual([1, 2]);
  });

  test("are written immediately if they are urgent, together with all pending ones", () => {
    metrics.count("Accepted");
    metrics.flush(NOW);
    metrics.count("Accepted");
    metrics.flush(NOW + 1);
    metrics.hurry();
    metrics.flush(NOW + 2);
    metrics.count("Accepted");
    metrics.flush(NOW + 3);
    expect(lines.map(({ Accepted }) => Accepted)).toEqual([1, 1]);
  });

  test("are written immediately if they are the first of their kind in a minute, together with all pending ones", () => {
    const names = ["Genuine", "Genuine", "Accepted", "Genuine", "Accepted"] as const;
    for (const [index, name] of names.entries()) {
      metrics.count(name);
      metrics.flush(NOW + index);
    }
    expect(lines.map(({ Genuine, Accepted }) => [Genuine, Accepted])).toEqual([
      [1, undefined],
      [1, 1],
    ]);
    metrics.flush(NOW + MINUTE);
    expect(lines.at(-1)).toMatchObject({ Genuine: 1, Accepted: 1 });
  });

  test("are written immediately if they are the first of their kind in a later minute", () => {
    for (const minute of [0, 1]) {
      for (const [index, name] of (["Genuine", "Accepted"] as const).entries()) {
        metrics.count(name);
        metrics.flush(NOW + minute * MINUTE + index);
      }
    }
    expect(written("Genuine").length).toBe(2);
    expect(written("Accepted").length).toBe(2);
  });

  test("of refusals are written by reason and in total", () => {
    metrics.refused("signature-invalid", NOW, {});
    metrics.refused("signature-invalid", NOW, {});
    metrics.refused("request-expired", NOW, {});
    metrics.flush(NOW);
    expect(written("Refused")).toMatchObject([
      {
        ...directive([["SdkAppId"], ["SdkAppId", "Reason"]], count("Refused")),
        Reason: "signature-invalid",
        Refused: 2,
      },
      { Reason: "request-expired", Refused: 1 },
    ]);
  });

  test("that are not embedded are the same lines without CloudWatch's directive", () => {
    const [embedded = {}, plain] = [true, false].map((isEmbedded) => {
      metrics = new Metrics("1400000001", isEmbedded);
      metrics.count("Accepted");
      metrics.measured("PublishTime", 12.5);
      metrics.flush(NOW);
      return lines.at(-1);
    });
    const { _aws, ...expected } = embedded;
    expect(_aws).toBeDefined();
    expect(plain).toEqual({ ...expected, timestamp: expect.any(String) });
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
      counted = written("Refused").reduce((sum, { Refused }) => sum + Number(Refused), 0);
      expect(counted).toBeGreaterThan(index / 2);
    }
    expect(written("Refused").length).toBe(10);
  });

  test("is written soon if it is the first for its reason in a minute", () => {
    for (const [index, reason] of (["signature-invalid", "request-expired"] as const).entries()) {
      metrics.refused(reason, NOW + index, {});
      metrics.flush(NOW + index);
    }
    expect(written("Refused").map(({ Reason }) => Reason)).toEqual(["signature-invalid", "request-expired"]);
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

describe("The count of genuine callbacks", () => {
  /** What happens in a second, and the value of `Genuine` that is written with it, if any. */
  type Second = readonly [event: "genuine" | "refused" | "nothing", written: number | undefined];

  test.each<[string, readonly Second[]]>([
    [
      "is zero whenever refusals are written without one",
      [
        ["refused", 0],
        ["refused", 0],
        ["nothing", undefined],
        ["refused", undefined],
      ],
    ],
    [
      "follows a zero at once, as the environment may end before the minute does",
      [
        ["refused", 0],
        ["genuine", 1],
        ["genuine", undefined],
      ],
    ],
    [
      "is written with refusals once there is one",
      [
        ["genuine", 1],
        ["genuine", undefined],
        ["refused", 1],
      ],
    ],
    [
      "is not zero without refusals",
      [
        ["genuine", 1],
        ["nothing", undefined],
      ],
    ],
  ])("%s", (_what, seconds) => {
    for (const [index, [event]] of seconds.entries()) {
      const now = NOW + index * 1_000;
      if (event === "genuine") metrics.count("Genuine");
      if (event === "refused") metrics.refused("signature-invalid", now, {});
      const before = lines.length;
      metrics.flush(now);
      const [line] = lines.slice(before).filter((written) => "Genuine" in written);
      expect(line?.["Genuine"], `second ${index}`).toBe(seconds[index]?.[1]);
      if (line) expect(line).toMatchObject(directive([["SdkAppId"]], count("Genuine")));
    }
  });

  test("has a value in every minute with refusals", () => {
    for (let age = 0; age < 10 * MINUTE; age += 1_000) {
      metrics.refused("signature-invalid", NOW + age, {});
      metrics.flush(NOW + age);
    }
    const minutes = (found: readonly Record<string, unknown>[]) =>
      found.map(({ _aws }) => Math.floor(((_aws as { Timestamp: number }).Timestamp - NOW) / MINUTE));
    expect(new Set(minutes(written("Genuine")))).toEqual(new Set(minutes(written("Refused"))));
    expect(written("Genuine").every(({ Genuine }) => Genuine === 0)).toBe(true);
  });
});
