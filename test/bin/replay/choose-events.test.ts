import { describe, expect, test } from "vitest";
import { type ChoiceOptions, chooseEvents } from "../../../bin/replay/choose-events.ts";
import { NO_FORWARDING, parseForwarding } from "../../../events/forwarding.ts";
import { toJson } from "../../../events/json.ts";
import { type Query, READ_REPORT, REPORT, REQUEST_TIME, SDK_APP_ID } from "../../support/callbacks.ts";
import { exampleEvent } from "../../support/example-event.ts";
import { eventLine, refusedLine, requestLine } from "../../support/replay.ts";

const GROUP_MESSAGE = "Group.CallbackAfterSendMsg";
const BIG_NUMBER = '{"GroupId":"g","Big":12345678901234567890}';
const DEFAULTS: ChoiceOptions = { includesUnverified: false, sdkAppId: undefined, forwarding: NO_FORWARDING };
const UNVERIFIED = { includesUnverified: true, sdkAppId: SDK_APP_ID };

const choose = (text: string, options: Partial<ChoiceOptions> = {}) => chooseEvents(text, { ...DEFAULTS, ...options });

/** Each kind of record of a request, with what it takes to choose it, and what its event then says. */
const KINDS = [
  ["a request that was never authenticated", requestLine, UNVERIFIED, false],
  ["an expired request", (body: string, query: Query) => refusedLine(body, query, false), UNVERIFIED, false],
  ["a signed callback that was refused", refusedLine, {}, true],
] as const;

test("The events to put back are in the order of the log, and marked as republished", () => {
  const { events, skipped, unverifiedCount } = choose(
    refusedLine(REPORT.replace("alice", "first")) + eventLine(exampleEvent({ Report_Account: "second" })),
  );
  expect(events.map(({ event, isVerified }) => [event.detail.data["Report_Account"], isVerified])).toEqual([
    ["first", true],
    ["second", true],
  ]);
  for (const { event } of events) expect(event.detail.metadata.republished).toBe(true);
  expect({ skipped, unverifiedCount }).toEqual({ skipped: [], unverifiedCount: 0 });
});

test("Requests that anyone may have sent are left out unless they are asked for", () => {
  const log = requestLine() + refusedLine(REPORT, {}, false) + refusedLine();
  expect(choose(log)).toMatchObject({ events: [{ isVerified: true }], skipped: [], unverifiedCount: 2 });
  expect(choose(log, UNVERIFIED)).toMatchObject({
    events: [{ isVerified: false }, { isVerified: false }, { isVerified: true }],
    unverifiedCount: 0,
  });
});

test("The app of a signed callback is that of its record, unless another is named", () => {
  expect(choose(refusedLine()).events[0]?.event.detail.metadata.sdkAppId).toBe(SDK_APP_ID);
  expect(choose(refusedLine(), { sdkAppId: "1499999999" }).skipped).toMatchObject([{ ruledOutBy: "sdkAppId" }]);
  expect(choose(refusedLine(REPORT, { SdkAppid: undefined })).skipped).toMatchObject([
    { position: "line 1", isVerified: true, reason: "SdkAppid is missing in the query", ruledOutBy: undefined },
  ]);
});

describe.each(KINDS)("From %s", (_what, lineOf, options, isVerified) => {
  const resultOf = (body: string, query: Query = {}, more: Partial<ChoiceOptions> = {}) => {
    const { events, skipped } = choose(lineOf(body, query), { ...options, ...more });
    expect(events.length + skipped.length).toBe(1);
    expect([...events, ...skipped]).toMatchObject([{ isVerified }]);
    return { event: events[0]?.event, ...skipped[0] };
  };

  test("comes an event that says whether it was authenticated, with the time it was received", () => {
    expect(resultOf(REPORT).event).toMatchObject({
      "detail-type": READ_REPORT.CallbackCommand,
      detail: {
        metadata: {
          authentication: isVerified ? "token" : "none",
          receivedAt: new Date(REQUEST_TIME * 1000).toISOString(),
          sdkAppId: SDK_APP_ID,
          deduplicationId: exampleEvent().detail.metadata.deduplicationId,
        },
        data: READ_REPORT,
      },
    });
  });

  test("comes an event only if its command is forwarded", () => {
    const query = { CallbackCommand: GROUP_MESSAGE };
    const { event } = resultOf(BIG_NUMBER, query, { forwarding: parseForwarding("Group.*") });
    expect(toJson(event ?? {})).toContain(`"data":${BIG_NUMBER}`);
    expect(resultOf(BIG_NUMBER, query, { forwarding: parseForwarding("C2C.*") })).toMatchObject({
      event: undefined,
      reason: `${GROUP_MESSAGE} is not forwarded`,
      ruledOutBy: "forwarding",
    });
  });

  test("comes an event only for its own app", () => {
    const sdkAppId = "1499999999";
    expect(resultOf(REPORT, {}, { sdkAppId })).toMatchObject({
      event: undefined,
      reason: "SdkAppid is another app's",
      ruledOutBy: "sdkAppId",
    });
  });

  test.each<[string, string, Query, RegExp]>([
    ["it has no SDKAppID", REPORT, { SdkAppid: undefined }, /^SdkAppid is missing/],
    ["its body is not JSON", "{", {}, /^the body is not JSON$/],
    ["its body lacks a field", '{"Report_Account":"a"}', {}, /^Peer_Account/],
    ["its command differs from the body's", REPORT, { CallbackCommand: GROUP_MESSAGE }, /differs from the query's$/],
    ["its body is too large", JSON.stringify({ ...READ_REPORT, Padding: "x".repeat(64 * 1024) }), {}, /64 KiB$/],
    ["it is a Verify", "", {}, /^a Verify has no event$/],
  ])("comes no event if %s, whatever is forwarded", (_why, body, query, reason) => {
    expect(resultOf(body, query, { forwarding: parseForwarding("*") })).toMatchObject({
      event: undefined,
      position: "line 1",
      reason: expect.stringMatching(reason),
      ruledOutBy: undefined,
    });
  });

  test("comes an event that is as large as a forwarded callback may be", () => {
    const largest = JSON.stringify({ GroupId: "x".repeat(256 * 1024 - '{"GroupId":""}'.length) });
    const query = { CallbackCommand: GROUP_MESSAGE };
    expect(resultOf(largest, query, { forwarding: parseForwarding("Group.*") }).event).toBeDefined();
    expect(resultOf(largest, query)).toMatchObject({ ruledOutBy: "forwarding" });
  });
});
