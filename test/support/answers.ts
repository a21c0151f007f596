import type { RefusalReason } from "../../tencent/refusal.ts";
import { type Query, READ_REPORT, signedQuery } from "./callbacks.ts";

/** A request, and the endpoint's answer to it. */
export interface Answer {
  /** The behaviour as the end of a sentence that begins with "The endpoint". */
  readonly behaviour: string;
  /** The query string, made for the time at which the request is sent, in Unix seconds. */
  readonly query: (requestTime: number) => string;
  readonly body: string | Buffer;
  readonly status: number;
  /** The reason, when it is a refusal. */
  readonly reason?: RefusalReason;
  /** Whether the refused callback is kept in the log, to be judged again: as one that was verified, or not. */
  readonly kept?: "verified" | "unverified";
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
    behaviour: `refuses a callback that gives ${name} twice`,
    query: (requestTime) => `${signedQuery(requestTime)}&${name}=x`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
  {
    behaviour: `refuses a callback that gives ${name} twice, the first time empty`,
    query: (requestTime) => `${name}=&${signedQuery(requestTime)}`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
  {
    behaviour: `refuses a callback that gives ${name} again in another letter case, percent-encoded`,
    query: (requestTime) =>
      `${signedQuery(requestTime)}&%${name.charCodeAt(0).toString(16)}${name.slice(1).toUpperCase()}=`,
    body: report,
    status: 400,
    reason: "parameter-repeated",
  },
]);

const UNSIGNED: Answer[] = (
  [
    ["whose Sign is missing", { Sign: undefined }, "signature-missing"],
    ["whose Sign is empty", { Sign: "" }, "signature-missing"],
    ["whose RequestTime is missing", { RequestTime: undefined }, "signature-missing"],
    [
      "whose query holds only the command",
      { Sign: undefined, RequestTime: undefined, SdkAppid: undefined },
      "signature-missing",
    ],
    ["whose Sign is too short", { Sign: "ab" }, "signature-malformed"],
    ["whose Sign is not hexadecimal", { Sign: "g".repeat(64) }, "signature-malformed"],
    ["whose RequestTime is not all digits", { RequestTime: "1e9" }, "signature-malformed"],
    ["whose RequestTime is negative", { RequestTime: "-5" }, "signature-malformed"],
    ["whose Sign was made for another time", { RequestTime: "1754284801" }, "signature-invalid"],
    ["whose Sign is wrong", { Sign: "0".repeat(64) }, "signature-invalid"],
  ] as const
).map(([name, changes, reason]) => ({
  behaviour: `refuses a callback ${name}`,
  query: signed(changes),
  body: report,
  status: 401,
  reason,
}));

const EXPIRED = [-62, 62, -86_400, 86_400].map(
  (offset): Answer => ({
    behaviour: `refuses a callback that is correctly signed ${offset} seconds from now`,
    query: (requestTime) => signedQuery(requestTime + offset),
    body: report,
    status: 401,
    reason: "request-expired",
    kept: "unverified",
  }),
);

const BODY_MALFORMED = (
  [
    ["not UTF-8", Buffer.from(report.replace("alice", "al\xffce"), "latin1")],
    ["not JSON", "{nonsense}"],
    ["cut off", report.slice(0, -1)],
    ["an array", "[]"],
    ["a string", '"text"'],
    ["null", "null"],
    ["nested deeper than 100", nested(101)],
    ["nested 10,000 deep", nested(10_000)],
    ["made of 30,000 open brackets", "[".repeat(30_000)],
  ] as const
).map(
  ([name, body]): Answer => ({
    behaviour: `refuses a body that is ${name}`,
    query: signed(),
    body,
    status: 400,
    reason: "body-malformed",
    kept: "verified",
  }),
);

const WRONG_FIELDS = (
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
).map(
  ([name, body]): Answer => ({
    behaviour: `refuses a read report ${name}`,
    query: signed(),
    body,
    status: 400,
    reason: "read-report-invalid",
    kept: "verified",
  }),
);

const VERIFY: Answer[] = ["", " \r\n\t", "{}", " { } \n"].flatMap((body): Answer[] => [
  {
    behaviour: `acknowledges the console's Verify with the body ${JSON.stringify(body)}`,
    query: signed(),
    body,
    status: 200,
  },
  {
    behaviour: `acknowledges the console's Verify with the body ${JSON.stringify(body)}, without SdkAppid and command`,
    query: signed({ SdkAppid: undefined, CallbackCommand: undefined }),
    body,
    status: 200,
  },
]);

const BEFORE_CALLBACKS: Answer[] = [
  { behaviour: "allows a before-callback", ...other("C2C.CallbackBeforeSendMsg", { MsgBody: [] }), status: 200 },
  {
    behaviour: "allows each account of a Sns.CallbackPrevFriendAdd",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: [{ To_Account: "a" }, { To_Account: "乙", Remark: "r" }] }),
    status: 200,
    resultItem: ["a", "乙"].map((To_Account) => ({ To_Account, ResultCode: 0, ResultInfo: "" })),
  },
  {
    behaviour: "allows each account of a Sns.CallbackPrevFriendResponse",
    ...other("Sns.CallbackPrevFriendResponse", { ResponseFriendItem: [{ To_Account: "a", ResponseAction: "x" }] }),
    status: 200,
    resultItem: [{ To_Account: "a", ResultCode: 0, ResultInfo: "" }],
  },
  {
    behaviour: "skips the items of a before-callback that name no account",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: [null, 5, {}, { To_Account: 7 }] }),
    status: 200,
    resultItem: [],
  },
  {
    behaviour: "allows a before-callback whose list is not an array, with an empty list",
    ...other("Sns.CallbackPrevFriendAdd", { FriendItem: { To_Account: "a" } }),
    status: 200,
    resultItem: [],
  },
  {
    behaviour: "allows a before-callback whose list is missing, with an empty list",
    ...other("Sns.CallbackPrevFriendAdd"),
    status: 200,
    resultItem: [],
  },
];

const OTHER_COMMANDS: Answer[] = [
  { behaviour: "acknowledges a command that Tencent documents", ...other("C2C.CallbackAfterSendMsg"), status: 200 },
  {
    behaviour: "acknowledges a command that Tencent does not document",
    ...other("New.CallbackNobodyKnows"),
    status: 200,
  },
  { behaviour: "acknowledges a command named like a property of every object", ...other("constructor"), status: 200 },
  {
    behaviour: "takes the command from the query when the body names none",
    query: signed({ CallbackCommand: "ContentCallback.ResultNotify" }),
    body: '{"TextResult":1}',
    status: 200,
  },
];

const PUBLISHED: Answer[] = (
  [
    ["with all fields", signed(), report],
    ["with only the required fields", signed(), without("UnreadMsgNum", "EventTime")],
    ["with numbers as digit strings", signed(), changed({ EventTime: "1754284800456", LastReadTime: "1754284799" })],
    ["with numbers written unusually", signed(), report.replace("1754284799", "1754284799.0").replace(":7", ":7e0")],
    ["with unknown fields", signed(), changed({ New: { a: [1] }, constructor: "c" })],
    ["whose body names no command", signed(), without("CallbackCommand")],
    ["whose query names no command", signed({ CallbackCommand: undefined }), report],
    ["whose query has an empty command", signed({ CallbackCommand: "" }), report],
    [
      "whose Sign is in upper case",
      (time: number) => signedQuery(time).replace(/(?<=Sign=)\w+/, (s) => s.toUpperCase()),
      report,
    ],
    ["whose parameter names are in another letter case", (time: number) => lowerCaseNames(signedQuery(time)), report],
    [
      "without the optional parameters",
      signed({ ClientIP: undefined, OptPlatform: undefined, RequestId: undefined, contenttype: undefined }),
      report,
    ],
    ["that is 55 seconds old", (time: number) => signedQuery(time - 55), report],
    ["from a clock 55 seconds ahead", (time: number) => signedQuery(time + 55), report],
    ["of exactly 64 KiB", signed(), padded(BODY_LIMIT)],
    ["nested 100 deep", signed(), changed({ Deep: JSON.parse(nested(99)) })],
  ] as const
).map(([name, query, body], index) => ({
  behaviour: `publishes a read report ${name}`,
  query,
  // Each by another reader, as long a name as "alice", so that none is dropped as a repeat of another.
  body: body.replace("alice", `al${String(index).padStart(3, "0")}`),
  status: 200,
  published: true,
}));

/** All answers but those that need another configuration or a failing AWS. */
export const ANSWERS: readonly Answer[] = [
  ...PARAMETER_REPEATED,
  ...UNSIGNED,
  ...EXPIRED,
  ...(
    [
      ["refuses the SdkAppid of another app", { SdkAppid: "1499999999" }, report],
      ["refuses the SdkAppid of another app, with an empty body", { SdkAppid: "1499999999" }, "{}"],
    ] as const
  ).map(
    ([behaviour, changes, body]): Answer => ({
      behaviour,
      query: signed(changes),
      body,
      status: 403,
      reason: "sdk-app-id-mismatch",
    }),
  ),
  ...(
    [
      ["refuses a read report without SdkAppid", { SdkAppid: undefined }],
      ["refuses a read report with an empty SdkAppid", { SdkAppid: "" }],
    ] as const
  ).map(
    ([behaviour, changes]): Answer => ({
      behaviour,
      query: signed(changes),
      body: report,
      status: 403,
      reason: "sdk-app-id-missing",
      kept: "verified",
    }),
  ),
  {
    behaviour: "refuses a body over 64 KiB",
    query: signed(),
    body: padded(BODY_LIMIT + 1),
    status: 413,
    reason: "body-too-large",
    kept: "verified",
  },
  {
    behaviour: "refuses over 64 KiB of white space",
    query: signed(),
    body: " ".repeat(BODY_LIMIT + 1),
    status: 413,
    reason: "body-too-large",
  },
  ...VERIFY,
  ...BODY_MALFORMED,
  {
    behaviour: "refuses a callback without any command",
    query: signed({ CallbackCommand: undefined }),
    body: without("CallbackCommand"),
    status: 400,
    reason: "command-missing",
    kept: "verified",
  },
  {
    behaviour: "refuses a body that names another command than the query",
    query: signed(),
    body: changed({ CallbackCommand: "C2C.CallbackAfterSendMsg" }),
    status: 400,
    reason: "command-mismatch",
    kept: "verified",
  },
  {
    behaviour: "refuses a command in the body that is not a string",
    query: signed({ CallbackCommand: undefined }),
    body: changed({ CallbackCommand: 5 }),
    status: 400,
    reason: "command-mismatch",
    kept: "verified",
  },
  ...BEFORE_CALLBACKS,
  ...OTHER_COMMANDS,
  ...WRONG_FIELDS,
  ...PUBLISHED,
];

function lowerCaseNames(query: string): string {
  return query.replace(/(^|&)(\w+)=/g, (match) => match.toLowerCase());
}
