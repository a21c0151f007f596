import type { RefusalReason } from "../../tencent/refusal.ts";
import { type Query, READ_REPORT, signedQuery } from "./callbacks.ts";

/** A request and what the endpoint answers: a row of the table of answers, or a variant of one. */
export interface Answer {
  readonly case: string;
  /** The query string, made for the time at which the request is sent, in Unix seconds. */
  readonly query: (requestTime: number) => string;
  readonly body: string | Buffer;
  readonly status: number;
  /** The reason, when it is a refusal. */
  readonly reason?: RefusalReason;
  /** The `ResultItem` of the reply. */
  readonly resultItem?: object[];
  /** Whether an event is published. */
  readonly published?: boolean;
}

const report = JSON.stringify(READ_REPORT);
const changed = (changes: object) => JSON.stringify({ ...READ_REPORT, ...changes });
const without = (...names: (keyof typeof READ_REPORT)[]) =>
  JSON.stringify(Object.fromEntries(Object.entries(READ_REPORT).filter(([name]) => !names.includes(name as never))));
const signed = (changes?: Query) => (requestTime: number) => signedQuery(requestTime, changes);
const other = (command: string, body: object = {}) => ({
  query: signed({ CallbackCommand: command }),
  body: JSON.stringify({ CallbackCommand: command, ...body }),
});

const BODY_LIMIT = 64 * 1024;
const padded = (size: number) => changed({ Padding: "x".repeat(size - changed({ Padding: "" }).length) });
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;

const PARAMETER_REPEATED = ["Sign", "RequestTime", "SdkAppid", "CallbackCommand"].flatMap((name): Answer[] => [
  {
    case: `2: ${name} twice`,
    query: (requestTime) => `${signedQuery(requestTime)}&${name}=x`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
  {
    case: `2: ${name} twice, first empty`,
    query: (requestTime) => `${name}=&${signedQuery(requestTime)}`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
  {
    case: `2: ${name} twice, in another letter case, percent-encoded`,
    query: (requestTime) =>
      `${signedQuery(requestTime)}&%${name.charCodeAt(0).toString(16)}${name.slice(1).toUpperCase()}=`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
]);

const UNSIGNED: Answer[] = (
  [
    ["Sign missing", { Sign: undefined }, "signature-missing"],
    ["Sign empty", { Sign: "" }, "signature-missing"],
    ["RequestTime missing", { RequestTime: undefined }, "signature-missing"],
    ["no query but the command", { Sign: undefined, RequestTime: undefined, SdkAppid: undefined }, "signature-missing"],
    ["Sign too short", { Sign: "ab" }, "signature-malformed"],
    ["Sign not hex", { Sign: "g".repeat(64) }, "signature-malformed"],
    ["RequestTime not digits", { RequestTime: "1e9" }, "signature-malformed"],
    ["RequestTime negative", { RequestTime: "-5" }, "signature-malformed"],
    ["Sign of another time", { RequestTime: "1754284801" }, "signature-invalid"],
    ["Sign wrong", { Sign: "0".repeat(64) }, "signature-invalid"],
  ] as const
).map(([name, changes, reason]) => ({
  case: `3: ${name}`,
  query: signed(changes),
  body: report,
  status: 401,
  reason,
}));

const EXPIRED: Answer[] = [-62, 62, -86_400, 86_400].map((offset) => ({
  case: `3: rightly signed ${offset} seconds from now`,
  query: (requestTime) => signedQuery(requestTime + offset),
  body: report,
  status: 401,
  reason: "request-expired",
}));

const BODY_MALFORMED: Answer[] = (
  [
    ["not UTF-8", Buffer.from(report.replace("alice", "al\xffce"), "latin1")],
    ["not JSON", "{nonsense}"],
    ["cut off", report.slice(0, -1)],
    ["an array", "[]"],
    ["a string", '"text"'],
    ["null", "null"],
    ["nested deeper than 100", nested(101)],
    ["nested 10,000 deep", nested(10_000)],
    ["30,000 open brackets", "[".repeat(30_000)],
  ] as const
).map(([name, body]) => ({
  case: `8: the body is ${name}`,
  query: signed(),
  body,
  status: 400,
  reason: "body-malformed",
}));

const WRONG_FIELDS: Answer[] = (
  [
    ["without Report_Account", without("Report_Account")],
    ["without Peer_Account", without("Peer_Account")],
    ["without LastReadTime", without("LastReadTime")],
    ["with an empty Report_Account", changed({ Report_Account: "" })],
    ["with a Peer_Account that is a number", changed({ Peer_Account: 5 })],
    ["with a Peer_Account that is null", changed({ Peer_Account: null })],
    ["with a negative LastReadTime", changed({ LastReadTime: -1 })],
    ["with a fractional LastReadTime", changed({ LastReadTime: 1.5 })],
    ["with a LastReadTime of 2^53", report.replace("1754284799", "9007199254740992")],
    ["with a LastReadTime that is a word", changed({ LastReadTime: "soon" })],
    ["with a LastReadTime that is an empty string", changed({ LastReadTime: "" })],
    ["with a LastReadTime that is true", changed({ LastReadTime: true })],
    ["with an UnreadMsgNum that is null", changed({ UnreadMsgNum: null })],
    ["with a negative UnreadMsgNum", changed({ UnreadMsgNum: -1 })],
    ["with an EventTime that is an object", changed({ EventTime: {} })],
    ["with an EventTime in scientific notation as text", changed({ EventTime: "1e12" })],
  ] as const
).map(([name, body]) => ({
  case: `12: a read report ${name}`,
  query: signed(),
  body,
  status: 400,
  reason: "read-report-invalid",
}));

const VERIFY: Answer[] = ["", " \r\n\t", "{}", " { } \n"].flatMap((body): Answer[] => [
  { case: `7: Verify with the body ${JSON.stringify(body)}`, query: signed(), body, status: 200 },
  {
    case: `7: Verify with the body ${JSON.stringify(body)}, without SdkAppid and command`,
    query: signed({ SdkAppid: undefined, CallbackCommand: undefined }),
    body,
    status: 200,
  },
]);

const BEFORE_CALLBACKS: Answer[] = [
  { case: "10: a before-callback is allowed", ...other("C2C.CallbackBeforeSendMsg", { MsgBody: [] }), status: 200 },
  {
    case: "10: each account of Sns.CallbackPrevFriendAdd is allowed",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: [{ To_Account: "a" }, { To_Account: "乙", Remark: "r" }] }),
    status: 200,
    resultItem: ["a", "乙"].map((To_Account) => ({ To_Account, ResultCode: 0, ResultInfo: "" })),
  },
  {
    case: "10: each account of Sns.CallbackPrevFriendResponse is allowed",
    ...other("Sns.CallbackPrevFriendResponse", { ResponseFriendItem: [{ To_Account: "a", ResponseAction: "x" }] }),
    status: 200,
    resultItem: [{ To_Account: "a", ResultCode: 0, ResultInfo: "" }],
  },
  {
    case: "10: items without an account are passed over",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: [null, 5, {}, { To_Account: 7 }] }),
    status: 200,
    resultItem: [],
  },
  {
    case: "10: a list that is none is an empty one",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: { To_Account: "a" } }),
    status: 200,
    resultItem: [],
  },
  { case: "10: a missing list is an empty one", ...other("Sns.CallbackPrevFriendAdd"), status: 200, resultItem: [] },
];

const OTHER_COMMANDS: Answer[] = [
  { case: "11: a known command is acknowledged", ...other("C2C.CallbackAfterSendMsg"), status: 200 },
  { case: "11: an unknown command is acknowledged", ...other("New.CallbackNobodyKnows"), status: 200 },
  { case: "11: a command named like an object's property is one", ...other("constructor"), status: 200 },
  {
    case: "11: a body without a command is its query's",
    query: signed({ CallbackCommand: "ContentCallback.ResultNotify" }),
    body: '{"TextResult":1}',
    status: 200,
  },
];

const PUBLISHED: Answer[] = (
  [
    ["with all fields", signed(), report],
    ["with the required fields alone", signed(), without("UnreadMsgNum", "EventTime")],
    ["with numbers as digit strings", signed(), changed({ EventTime: "1754284800456", LastReadTime: "1754284799" })],
    ["with numbers written unusually", signed(), report.replace("1754284799", "1754284799.0").replace(":7", ":7e0")],
    ["with unknown fields", signed(), changed({ New: { a: [1] }, constructor: "c" })],
    ["without the command in the body", signed(), without("CallbackCommand")],
    ["without the command in the query", signed({ CallbackCommand: undefined }), report],
    ["with an empty command in the query", signed({ CallbackCommand: "" }), report],
    [
      "with upper-case Sign",
      (time: number) => signedQuery(time).replace(/(?<=Sign=)\w+/, (s) => s.toUpperCase()),
      report,
    ],
    ["with names in another letter case", (time: number) => lowerCaseNames(signedQuery(time)), report],
    [
      "without the optional parameters",
      signed({ ClientIP: undefined, OptPlatform: undefined, RequestId: undefined, contenttype: undefined }),
      report,
    ],
    ["55 seconds old", (time: number) => signedQuery(time - 55), report],
    ["from a clock 55 seconds ahead", (time: number) => signedQuery(time + 55), report],
    ["of exactly 64 KiB", signed(), padded(BODY_LIMIT)],
    ["nested 100 deep", signed(), changed({ Deep: JSON.parse(nested(99)) })],
  ] as const
).map(([name, query, body], index) => ({
  case: `13: a read report ${name}`,
  query,
  // Each by another reader, as long a name as "alice", so that none is dropped as a repeat of another.
  body: body.replace("alice", `al${String(index).padStart(3, "0")}`),
  status: 200,
  published: true,
}));

/** The table of answers, but for the rows that need another configuration or a failing AWS (1, 4 and 14). */
export const ANSWERS: readonly Answer[] = [
  ...PARAMETER_REPEATED,
  ...UNSIGNED,
  ...EXPIRED,
  ...(
    [
      ["5: SdkAppid of another app", { SdkAppid: "1499999999" }, "sdk-app-id-mismatch", report],
      ["5: SdkAppid of another app, with an empty body", { SdkAppid: "1499999999" }, "sdk-app-id-mismatch", "{}"],
      ["5: SdkAppid missing", { SdkAppid: undefined }, "sdk-app-id-missing", report],
      ["5: SdkAppid empty", { SdkAppid: "" }, "sdk-app-id-missing", report],
    ] as const
  ).map(([name, changes, reason, body]) => ({ case: name, query: signed(changes), body, status: 403, reason })),
  {
    case: "6: a body over 64 KiB",
    query: signed(),
    body: padded(BODY_LIMIT + 1),
    status: 413,
    reason: "body-too-large",
  },
  {
    case: "6: over 64 KiB of white space",
    query: signed(),
    body: " ".repeat(BODY_LIMIT + 1),
    status: 413,
    reason: "body-too-large",
  },
  ...VERIFY,
  ...BODY_MALFORMED,
  {
    case: "9: no command at all",
    query: signed({ CallbackCommand: undefined }),
    body: without("CallbackCommand"),
    status: 400,
    reason: "command-missing",
  },
  {
    case: "9: another command in the body",
    query: signed(),
    body: changed({ CallbackCommand: "C2C.CallbackAfterSendMsg" }),
    status: 400,
    reason: "command-mismatch",
  },
  {
    case: "9: a command in the body that is no string",
    query: signed({ CallbackCommand: undefined }),
    body: changed({ CallbackCommand: 5 }),
    status: 400,
    reason: "command-mismatch",
  },
  ...BEFORE_CALLBACKS,
  ...OTHER_COMMANDS,
  ...WRONG_FIELDS,
  ...PUBLISHED,
];

function lowerCaseNames(query: string): string {
  return query.replace(/(^|&)(\w+)=/g, (match) => match.toLowerCase());
}
