import { expect, test } from "vitest";
import { refreshTimes, withFreshTimes } from "../../../bin/shared/fresh-times.ts";
import { DOCUMENTED_CALLBACKS } from "../../../local/documented-callbacks.ts";

const NOW = 1_800_000_000_123;

test("Every time in a documented body becomes the current one, in its own unit and type, and nothing else changes", () => {
  const body = {
    EventTime: 1_670_574_414_123,
    Text: "1670574414123",
    MsgTime: 1_567_032_820,
    MsgKey: "48374_2837546_1790000000",
    MsgId: "144115233406643804-1754284800-4026038328",
    MsgRandom: 2_804_799_576,
    Events: [{ TaskTime: 1_790_000_000, Note: "in 1790000000000000 years" }],
  };
  expect(withFreshTimes(body, NOW)).toEqual({
    EventTime: NOW,
    Text: String(NOW),
    MsgTime: 1_800_000_000,
    MsgKey: "48374_2837546_1800000000",
    MsgId: "144115233406643804-1800000000-4026038328",
    MsgRandom: 2_804_799_576,
    Events: [{ TaskTime: 1_800_000_000, Note: "in 1790000000000000 years" }],
  });
});

test("No time in a documented body remains", () => {
  const isStale = (name: string, value: unknown) =>
    /time$/i.test(name) && typeof value !== "object" && Math.abs(NOW - Number(value) * 1000) > 1000 && value !== NOW;
  for (const { command, shape, body } of DOCUMENTED_CALLBACKS) {
    const stale: string[] = [];
    JSON.stringify(withFreshTimes(body, NOW), (name, value) => {
      if (isStale(name, value) && String(value) !== String(NOW)) stale.push(name);
      return value;
    });
    expect(stale, `${command}: ${shape}`).toEqual([]);
  }
});

test("Only the times of a sample become the current ones, not those that were edited since", () => {
  const sample = '{ "EventTime": 1670574414123, "LastReadTime": 1670574414 }';
  const edited = '{ "EventTime": 1670574414123, "LastReadTime": 1670570000, oops }';
  expect(refreshTimes(edited, sample, NOW)).toBe(`{ "EventTime": ${NOW}, "LastReadTime": 1670570000, oops }`);
});
