import { createHash, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../../simulation/plan.ts";
import { describePlan } from "../../../simulation/report/describe-plan.ts";
import { Progress } from "../../../simulation/report/progress.ts";
import { formatBroken, formatTally } from "../../../simulation/report/report.ts";
import { formatTraceLine } from "../../../simulation/report/trace.ts";
import { addTallies, NO_TALLY, tallyPromises } from "../../../simulation/seeds/tally.ts";

const TOKEN = `token-${randomUUID()}`;
const SIGN = createHash("sha256").update(TOKEN).digest("hex");

const PLAN: Plan = {
  seed: 1,
  destination: "fifo",
  relayed: "some",
  callbacks: 10,
  flows: [
    { from: 60_000, duration: 1_000, kind: "read report", weight: 3, conversations: 1, longestDelay: 500 },
    { from: 0, duration: 90_061_000, kind: "Verify", weight: 1, conversations: 50, longestDelay: 50_000 },
  ],
  attacks: [{ from: 30_000, duration: 1_000, kind: "unsigned", requests: 100 }],
  serviceFaults: [{ from: 61_000, duration: 60_000, target: "standby", name: "never answers", share: 0.02 }],
  lambdaFaults: [{ from: 62_000, duration: 60_000, name: "starts every environment anew", share: 1 }],
  operator: [{ at: 10_000, kind: "rotates the token", pause: 20_000 }],
  edges: [-1_500, 45_000],
  repeatsOnTimeout: true,
  consumer: { duration: 50, failing: 0.1, poison: 0 },
};

test("A plan is a list: what is so all the time, then what happens when", () => {
  expect(describePlan(PLAN)).toEqual([
    "destination: FIFO queue",
    "callbacks that an existing handler gets: some",
    "clocks of Tencent's servers: -1.5 s, +45 s",
    "callbacks that time out: sent again once",
    "consumer: 0.05 s for a batch, fails for 10 % of messages, never processes 0 %",
    "0:00:00 for 25:01:01  Tencent sends 3 callbacks, between 50 pairs of users, that travel for up to 50 s: Verify",
    "0:00:10 for 0:00:20  the operator rotates the token",
    "0:00:30 for 0:00:01  an attacker sends 100 requests: unsigned",
    "0:01:00 for 0:00:01  Tencent sends 8 callbacks, between 1 pair of users, that travel for up to 0.5 s: read report",
    "0:01:01 for 0:01:00  standby: never answers, 2 % of calls",
    "0:01:02 for 0:01:00  Lambda: starts every environment anew, 100 % of invocations",
  ]);
});

describe("A line of a trace", () => {
  test.each([
    ["callback 1 starts", "callback 1 starts"],
    [
      'callback 1 logs {"timestamp":"2026","level":"INFO","message":"metrics","_aws":{"a":1},"SdkAppId":"1","Accepted":2}',
      "callback 1 logs INFO metrics Accepted=2",
    ],
    [
      'callback 1 returned {"statusCode":200,"body":"{\\"ActionStatus\\":\\"OK\\",\\"ErrorInfo\\":\\"\\"}"}',
      "callback 1 returned 200 OK",
    ],
    [
      'callback 1 returned {"statusCode":401,"body":"{\\"ActionStatus\\":\\"FAIL\\",\\"ErrorInfo\\":\\"Sign does not match\\"}"}',
      "callback 1 returned 401 Sign does not match",
    ],
    ['republish 2 returned {"batchItemFailures":[]}', "republish 2 returned and leaves no message"],
    ['republish 2 returned {"batchItemFailures":[{}]}', "republish 2 returned and leaves 1 on standby"],
    [
      'callback 1 returned {"statusCode":200,"body":"broken"}',
      'callback 1 returned {"statusCode":200,"body":"broken"}',
    ],
    ["callback 1 logs {broken", "callback 1 logs {broken"],
  ])("shows what happened: %s", (text, shown) => {
    expect(formatTraceLine(0, text)).toBe(`0:00:00.000  ${shown}`);
  });
});

describe("No secret is printed", () => {
  test("in a trace, whose lines are cut", () => {
    const line = formatTraceLine(3_723_004, `${TOKEN} ?Sign=${SIGN}&token=${TOKEN} ${"x".repeat(300)}`);
    expect(line).toMatch(/^1:02:03\.004 {2}token-… \?Sign=[\da-f]{8}…&token=token-… x+…$/);
    expect(line.length).toBeLessThan(220);
  });

  test("in what broke a promise", () => {
    const broken = {
      promise: "No secret leaks",
      details: [`the log has ${SIGN}`, `the log has ${TOKEN}`],
      violations: 5,
    };
    expect(formatBroken({ seed: 3, callbacks: 1 }, broken)).toBe(
      [
        "Seed 3 breaks a promise: No secret leaks",
        `  the log has ${SIGN.slice(0, 8)}…`,
        "  the log has token-…",
        "  and 3 more violations",
      ].join("\n"),
    );
  });
});

test("Tallies add up, and only what happened is listed", () => {
  const one = tallyPromises(new Map([["Nothing is lost", 3]]), [{ promise: "Nothing is lost", detail: "" }]);
  const other = {
    ...NO_TALLY,
    virtualMilliseconds: 7_200_000,
    callbacks: 1_234,
    sections: { ...NO_TALLY.sections, "calls that faults hit": { "never answers": 5, "answers 429": 1, "is slow": 0 } },
  };
  expect(addTallies(one, other)).toEqual(addTallies(other, one));
  expect(formatTally(addTallies(one, addTallies(other, one)))).toBe(`seeds                      2
callbacks              1,234
virtual hours              2
calls that faults hit
  answers 429              1
  never answers            5

promise          checked  held
Nothing is lost        6     4`);
});

test.each([
  ["a terminal", true, "\r\u001b[K1 seed\r\u001b[K2 seeds\r\u001b[K"],
  ["a file, where it would need a line every time", false, ""],
])("Progress on %s", (_name, isTTY, expected) => {
  let text = "";
  const progress = new Progress({ isTTY, write: (written) => (text += written) });
  progress.show("1 seed");
  progress.show("2 seeds");
  progress.clear();
  expect(text).toBe(expected);
});
