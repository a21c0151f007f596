import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsFault } from "../../../local/faulty-endpoint.ts";
import type { Reply } from "../../../tencent/reply.ts";
import { nowInSeconds, OK, REPORT, signedQuery } from "../../support/callbacks.ts";
import { type Owner, parse, startFunction } from "../../support/function.ts";
import { ASKED, bodyOf, query, SENT } from "../../support/messages.ts";
import { replying, startRecordingHandler, VERDICT } from "../../support/recording-handler.ts";
import { RELAY_CASES, type ReplyKind } from "../../support/relay-cases.ts";

/** Something that keeps the function from judging requests. */
const UNJUDGED = {
  "token unreadable": { TOKEN_SECRET_ARN: "arn:of:no:secret" },
  "configuration invalid": { CLOCK_SKEW_SECONDS: "a minute" },
} as const;

const UNAUTHENTICATED = { AUTHENTICATION: "none" };

/** A request of a kind. */
interface Example {
  readonly name: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly query: () => string;
  readonly body: string;
  /** If the kind's row leaves it open. */
  readonly expected?: readonly [reply: ReplyKind, replyWithoutHandler: ReplyKind];
}

const send = (command: string, environment = {}): Omit<Example, "name"> => ({
  environment,
  query: () => query(command),
  body: bodyOf(command),
});
const unjudged = (command: string, forward = "") =>
  Object.entries(UNJUDGED).map(([name, problem]) => ({ name, ...send(command, { ...problem, FORWARD: forward }) }));
const unsigned = (command: string) => signedQuery(nowInSeconds(), { CallbackCommand: command, Sign: undefined });

/** Requests of each kind. TypeScript rejects the table if a kind is missing. */
const EXAMPLES: Record<(typeof RELAY_CASES)[number]["title"], readonly Example[]> = {
  Refused: [
    {
      name: "before-callback with a wrong signature",
      query: () => query(ASKED).replace(/Sign=./, "Sign=f0"),
      body: "{}",
    },
    { name: "unsigned", query: () => unsigned(SENT), body: bodyOf(SENT) },
    { name: "expired", query: () => signedQuery(nowInSeconds() - 300), body: REPORT },
    { name: "not JSON", query: () => query(SENT), body: "hello" },
    { name: "another app's", query: () => signedQuery(nowInSeconds(), { SdkAppid: "1" }), body: REPORT },
    { name: "read report without a reader", ...send("C2C.CallbackAfterMsgReport") },
    { name: "larger than 256 KiB", query: () => query(SENT), body: bodyOf(SENT, { more: "x".repeat(262_144) }) },
  ],
  "Verify (an empty body)": [
    { name: "empty", query: () => query(ASKED), body: "" },
    { name: "empty object", query: () => signedQuery(nowInSeconds(), { CallbackCommand: undefined }), body: "{}" },
    ...unjudged("C2C.CallbackAfterMsgReport").map((example) => ({
      ...example,
      body: "{}",
      expected: ["503", "503"] as const,
    })),
  ],
  "Command not in `relayCommands`": [
    { name: "before-callback", ...send(ASKED, { RELAY_COMMANDS: "Group.*" }) },
    { name: "after-callback", ...send(SENT, { RELAY_COMMANDS: `Group.*,${ASKED}` }) },
  ],
  "Before-callback, forwarded or not": [
    { name: "not forwarded", ...send(ASKED) },
    { name: "forwarded", ...send(ASKED, { FORWARD: ASKED }) },
    { name: "in a family of relayCommands", ...send(ASKED, { RELAY_COMMANDS: "C2C.*" }) },
  ],
  "After-callback that becomes an event": [
    { name: "read report", query: () => signedQuery(nowInSeconds()), body: REPORT },
    { name: "forwarded", ...send(SENT, { FORWARD: SENT }) },
  ],
  "After-callback that becomes no event": [
    { name: "not forwarded", ...send(SENT) },
    { name: "undocumented", ...send("New.CallbackAfterAnything") },
    { name: "of more than 64 KiB", query: () => query(SENT), body: bodyOf(SENT, { more: "x".repeat(200_000) }) },
  ],
  "Before-callback that can't be judged": [...unjudged(ASKED), ...unjudged(ASKED, ASKED)],
  "After-callback that can't be judged and may become an event": unjudged(SENT, SENT),
  "After-callback that can't be judged and becomes no event": unjudged(SENT, ASKED),
  "Any, while `RELAY_URL` itself is invalid": [
    { name: "before-callback", ...send(ASKED, { RELAY_URL: "chat.example.com" }) },
    { name: "after-callback", ...send(SENT, { RELAY_URL: "chat.example.com" }) },
  ],
  "Unsigned, with `authentication=none`": [
    {
      name: "before-callback",
      environment: UNAUTHENTICATED,
      query: () => unsigned(ASKED),
      body: bodyOf(ASKED),
      expected: ["the handler's", "502"],
    },
    {
      name: "read report",
      environment: UNAUTHENTICATED,
      query: () => unsigned("C2C.CallbackAfterMsgReport"),
      body: REPORT,
      expected: ["`OK` if stored, else 503", "`OK` if stored, else 503"],
    },
  ],
};

function expectReply({ statusCode, body }: Reply, kind: ReplyKind): void {
  const own = () => parse(body);
  switch (kind) {
    case "the handler's":
      expect([statusCode, body]).toEqual([200, VERDICT]);
      return;
    case "502":
    case "503":
      expect([statusCode, own()]).toEqual([
        Number(kind),
        { ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: expect.any(String) },
      ]);
      return;
    case "the refusal (4xx)":
      expect([400, 401, 403, 413]).toContain(statusCode);
      expect(own()).toMatchObject({ ActionStatus: "FAIL" });
      return;
    default:
      expect([statusCode, own()]).toEqual([200, OK]);
  }
}

const closers: (() => void | Promise<void>)[] = [];
/** The functions by their environment variables: starting one for each example would take most of the time. */
const functions = new Map<string, ReturnType<typeof startFunction>>();
let handler: Awaited<ReturnType<typeof startRecordingHandler>>;
const context: Owner = { onTestFinished: (close) => void closers.push(close) };

beforeAll(async () => {
  handler = await startRecordingHandler(context);
});

afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
});

function functionFor(environment: Readonly<Record<string, string>>) {
  const key = JSON.stringify(environment);
  const running = functions.get(key) ?? startFunction({ RELAY_URL: handler.url, ...environment }, { context });
  functions.set(key, running);
  return running;
}

describe.each(RELAY_CASES)("With an existing handler: $title", ({ title, relayed, ...row }) => {
  test.each(EXAMPLES[title])("$name", async ({ environment = {}, query: createQuery, body, expected }) => {
    const { post } = await functionFor(environment);
    const [reply, replyWithoutHandler] = expected ?? [row.reply, row.replyWithoutHandler];
    handler.answer = replying(200, VERDICT);
    handler.calls.length = 0;
    expectReply(await post(createQuery(), body), reply);
    // Again, so that nothing is still on its way to the handler.
    await post(createQuery(), body);
    expect(handler.calls.length).toBe(relayed === "no" ? 0 : 2);
    handler.answer = (response) => response.socket?.resetAndDestroy();
    expectReply(await post(createQuery(), body), replyWithoutHandler);
  });
});

test("A relayed read report that can be stored nowhere is answered with 503, although the handler accepts it", async () => {
  const { post, sqs } = await functionFor({});
  handler.answer = replying(200, VERDICT);
  handler.calls.length = 0;
  sqs.fail = () => awsFault(403, "AccessDeniedException");
  expectReply(await post(signedQuery(nowInSeconds()), REPORT), "503");
  expect(handler.calls.length).toBe(1);
});
