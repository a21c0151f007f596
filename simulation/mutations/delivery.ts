import type { Mutation } from "./mutation.ts";

/** Faults between a judged callback and the reply. */
export const DELIVERY: readonly Mutation[] = [
  {
    name: "skips standby",
    file: "functions/callback/deliver.ts",
    find: "await standby.publish(event, receipt.monotonicTime + STANDBY_UNTIL_MS);",
    replace: 'throw new Error("skipped");',
  },
  {
    name: "answers before the event is stored",
    file: "functions/callback/deliver.ts",
    find: "await destination.publish(event, receipt.monotonicTime + DESTINATION_UNTIL_MS);",
    replace: "destination.publish(event, receipt.monotonicTime + DESTINATION_UNTIL_MS).catch(() => {});",
  },
  {
    name: "answers OK although the event is only in the log",
    file: "functions/callback/handle-callback.ts",
    find: "? replyOk(judgement.resultItems)\n          : replyWithoutStoring(",
    replace: "? replyOk(judgement.resultItems)\n          : replyOk(judgement.resultItems) ?? replyWithoutStoring(",
  },
  {
    name: "drops the late retries",
    file: "functions/callback/retry-late.ts",
    find: "while (performance.now() < end) {",
    replace: "while (false) {",
  },
  {
    name: "answers an error at once instead of after Tencent's two seconds",
    file: "functions/callback/deadlines.ts",
    find: "GIVE_UP_MS = 3_500",
    replace: "GIVE_UP_MS = 1_600",
  },
  {
    name: "retries for ten seconds",
    file: "functions/callback/deadlines.ts",
    find: "GIVE_UP_MS = 3_500",
    replace: "GIVE_UP_MS = 10_000",
  },
  {
    name: "retries late without a pause",
    file: "functions/callback/retry-late.ts",
    find: "await new Promise((resolve) => setTimeout(resolve, LATE_PAUSE_MS));",
    replace: "",
  },
  {
    name: "makes a user wait for the late retries of an event",
    file: "functions/callback/deliver.ts",
    find: "if (isUserWaiting) return undefined;",
    replace: "",
  },
  {
    name: "makes a user wait for the late retries of a request",
    file: "functions/callback/park.ts",
    find: "if (isUserWaiting) return;",
    replace: "",
  },
  {
    name: "blocks a user's message because its event could not be stored",
    file: "functions/callback/reply-without-storing.ts",
    find: "isUserWaiting ? replyOk(resultItems)",
    replace: "false ? replyOk(resultItems)",
  },
  {
    name: "leaves standby no time",
    file: "functions/callback/deadlines.ts",
    find: "DESTINATION_UNTIL_MS = 1_000",
    replace: "DESTINATION_UNTIL_MS = 1_600",
  },
  {
    name: "waits for standby for a second longer",
    file: "functions/callback/deadlines.ts",
    find: "STANDBY_UNTIL_MS = 1_600",
    replace: "STANDBY_UNTIL_MS = 2_600",
  },
  {
    name: "does not log an event that nothing took",
    file: "functions/callback/deliver.ts",
    find: "recoveryLog.event(event, error);",
    replace: "",
  },
  {
    name: "omits the deduplication id",
    file: "functions/destination/sqs.ts",
    find: ", MessageDeduplicationId: event.detail.metadata.deduplicationId }",
    replace: " }",
  },
  {
    name: "deduplicates by an id that is new for each callback",
    file: "functions/destination/sqs.ts",
    find: "MessageDeduplicationId: event.detail.metadata.deduplicationId",
    replace: "MessageDeduplicationId: event.id",
  },
  {
    name: "identifies a read report by its receipt",
    file: "events/create-event.ts",
    find: "readReportId(sdkAppId, report)",
    replace: "readReportId(sdkAppId, { ...report, LastReadTime: origin.receivedAt })",
  },
  {
    name: "identifies a forwarded callback by its receipt",
    file: "events/create-event.ts",
    find: "callbackId(sdkAppId, command, data)",
    replace: "callbackId(sdkAppId, command, { ...data, receivedAt: origin.receivedAt })",
  },
  {
    name: "takes two read reports of a conversation for the same",
    file: "events/identity.ts",
    find: "UnreadMsgNum ?? null, EventTime ?? null]",
    replace: "UnreadMsgNum ?? null]",
  },
  {
    name: "puts each event into a group of its own",
    file: "functions/destination/sqs.ts",
    find: "{ MessageGroupId: messageGroupId(event), MessageDeduplicationId",
    replace: "{ MessageGroupId: event.id, MessageDeduplicationId",
  },
  {
    name: "puts all events into one group",
    file: "functions/destination/sqs.ts",
    find: "{ MessageGroupId: messageGroupId(event), MessageDeduplicationId",
    replace: '{ MessageGroupId: "all", MessageDeduplicationId',
  },
  {
    name: "puts all read reports of a reader into one group",
    file: "events/identity.ts",
    find: "digest([sdkAppId, Report_Account, Peer_Account])",
    replace: "digest([sdkAppId, Report_Account])",
  },
  {
    name: "sends characters that SQS refuses",
    file: "events/json.ts",
    find: "[\\uFFFE\\uFFFF]",
    replace: "[\\uFFFE]",
  },
  {
    name: "drops fields that Tencent adds",
    file: "tencent/read-report.ts",
    find: "{ CallbackCommand: READ_REPORT_COMMAND, ...body, ...result.output }",
    replace: "{ CallbackCommand: READ_REPORT_COMMAND, ...result.output }",
  },
  {
    name: "publishes callbacks that are not forwarded",
    file: "events/create-event.ts",
    find: 'callback.kind === "verify" || !forwarding.has(callback.command)',
    replace: 'callback.kind === "verify"',
  },
];
