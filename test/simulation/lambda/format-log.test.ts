import { describe, expect, test } from "vitest";
import { readRecoveryLog } from "../../../functions/recovery-log.ts";
import type { EnvironmentRecord } from "../../../simulation/history.ts";
import { formatLog } from "../../../simulation/lambda/format-log.ts";
import { forwardedEvent } from "../../support/example-event.ts";
import { bodyOf, SENT } from "../../support/messages.ts";
import { eventLine } from "../../support/replay.ts";

function environmentOf(id: number, lines: EnvironmentRecord["lines"]): EnvironmentRecord {
  return {
    id,
    functionName: "callback",
    startedAt: 0,
    isMisconfigured: false,
    variables: {},
    lines,
    invocations: [],
    startCalls: [],
  };
}

interface Formatted {
  readonly events: readonly { readonly eventId: string; readonly logStreamName: string; readonly message: string }[];
}

const format = (...parameters: Parameters<typeof formatLog>) => JSON.parse(formatLog(...parameters)) as Formatted;

describe("The log of a simulation", () => {
  test("has the lines of a period, in the order of their times, each with its environment and an id", () => {
    const environments = [
      environmentOf(
        1,
        [1, 5, 9].map((at) => ({ at, text: `one ${at}` })),
      ),
      environmentOf(
        2,
        [3, 10].map((at) => ({ at, text: `two ${at}` })),
      ),
    ];
    expect(format(environments, 3, 10).events).toEqual([
      { eventId: "0", logStreamName: "environment 2", message: "two 3" },
      { eventId: "1", logStreamName: "environment 1", message: "one 5" },
      { eventId: "2", logStreamName: "environment 1", message: "one 9" },
    ]);
  });

  test.each([
    ["a short line", "", 1],
    ["a long line", "x".repeat(100_000), 2],
    ["a line that is cut between characters", "\u{1F600}".repeat(60_000), 2],
    ["a line that is cut within a character", `x${"\u{1F600}".repeat(60_000)}`, 2],
    ["a very long line", "x".repeat(250_000), 4],
  ])("has %s in as many pieces as Lambda cuts it into, which replay joins", (_what, filler, pieces) => {
    const event = forwardedEvent(SENT, bodyOf(SENT, { From_Account: `a${filler}` }));
    const text = eventLine(event).trimEnd();
    const environments = [environmentOf(1, [{ at: 1, text }]), environmentOf(2, [{ at: 1, text }])];
    const log = formatLog(environments, 0, 2);
    const { events } = JSON.parse(log) as Formatted;
    expect(events.filter(({ logStreamName }) => logStreamName === "environment 1")).toHaveLength(pieces);
    const { records, cut, foreign } = readRecoveryLog(log);
    expect([cut, foreign]).toEqual([[], []]);
    expect(records.map((record) => record.kind === "event" && record.event)).toEqual([event, event]);
  });
});
