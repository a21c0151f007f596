/** The callback after a one-to-one message was marked as read (https://www.tencentcloud.com/document/product/1047/43465). */
export const READ_REPORT_COMMAND = "C2C.CallbackAfterMsgReport";

/** A command: its family, a dot, its own name. EventBridge's `detail-type` takes 128 characters. */
export const COMMAND_NAME = /^\w{1,60}\.\w{1,60}$/;

/** The unit within which the order of a command's callbacks matters. */
export interface OrderingUnit {
  readonly name: "read" | "conversation" | "group" | "official account" | "account" | "command";
  /** The fields of the body that identify the unit; a dot descends into an object or a list. */
  readonly fields: readonly string[];
}

/** A command's description in Tencent's documentation. */
export interface Command {
  /** A before-callback asks for permission while a user waits; an after-callback reports what happened. */
  readonly kind: "before" | "after";
  /** Its page in Tencent's documentation: product and number. */
  readonly page: string;
  /** `undefined` where order does not matter. */
  readonly orderedBy: OrderingUnit | undefined;
  /** The field that lists the accounts each of which needs a verdict in the reply. */
  readonly accountList?: string | undefined;
}

// Marked as free of side effects, so that bundles that do not use the table drop it.
/* @__NO_SIDE_EFFECTS__ */ const conversation = (...fields: [string, string]): OrderingUnit => ({
  name: "conversation",
  fields,
});
/* @__NO_SIDE_EFFECTS__ */ const account = (field: string): OrderingUnit => ({ name: "account", fields: [field] });
const CONVERSATION = conversation("From_Account", "To_Account");
const GROUP: OrderingUnit = { name: "group", fields: ["GroupId"] };
const OFFICIAL_ACCOUNT: OrderingUnit = { name: "official account", fields: ["Official_Account"] };
const FROM = account("From_Account");
const OPERATOR = account("Operator_Account");
// The pairs in one callback usually belong to one account.
const FIRST_OF_PAIRS = account("PairList.0.From_Account");
/** For undocumented commands, and for bodies without any of the expected fields. */
const COMMAND: OrderingUnit = { name: "command", fields: [] };
/** For reports about many accounts or the whole app: up to 1,000 push reports a second, more than one FIFO group takes. */
const UNORDERED = undefined;

/* @__NO_SIDE_EFFECTS__ */ const before = (page: string, orderedBy: OrderingUnit, accountList?: string): Command => ({
  kind: "before",
  page,
  orderedBy,
  accountList,
});
/* @__NO_SIDE_EFFECTS__ */ const after = (page: string, orderedBy: OrderingUnit | undefined): Command => ({
  kind: "after",
  page,
  orderedBy,
});

/**
 * Every callback that Tencent documents for Chat (https://www.tencentcloud.com/document/product/1047/34355): the source of
 * routing, FIFO groups, suggestions and the table in `docs/callbacks.md`. Pages of product 269 are in Chinese.
 */
export const COMMANDS = {
  "State.StateChange": after("1047/34357", account("Info.To_Account")),
  "Profile.CallbackPortraitSet": after("1047/48733", FROM),
  "Sns.CallbackPrevFriendAdd": before("1047/43468", FROM, "FriendItem"),
  "Sns.CallbackPrevFriendResponse": before("1047/43467", FROM, "ResponseFriendItem"),
  "Sns.CallbackFriendAdd": after("1047/34359", FIRST_OF_PAIRS),
  "Sns.CallbackFriendDelete": after("1047/34360", FIRST_OF_PAIRS),
  "Sns.CallbackBlackListAdd": after("1047/34361", FIRST_OF_PAIRS),
  "Sns.CallbackBlackListDelete": after("1047/34362", FIRST_OF_PAIRS),
  "Follow.CallbackAfterFollowAdd": after("1047/70355", FROM),
  "Follow.CallbackAfterFollowDelete": after("1047/70356", FROM),
  "C2C.CallbackBeforeSendMsg": before("1047/34364", CONVERSATION),
  "C2C.CallbackAfterSendMsg": after("1047/34365", CONVERSATION),
  "C2C.CallbackAfterMsgReport": after("1047/43465", { name: "read", fields: ["Report_Account", "Peer_Account"] }),
  "C2C.CallbackAfterMsgWithDraw": after("1047/43466", CONVERSATION),
  "C2C.CallbackAfterMsgReadReceipt": after("269/128223", conversation("Operator_Account", "Peer_Account")),
  "C2C.CallbackAfterMsgReadAll": after("269/128225", account("Report_Account")),
  "C2C.CallbackAfterModifyMsg": after("269/128224", CONVERSATION),
  "C2C.CallbackAfterC2CMsgExtension": after("1047/76006", CONVERSATION),
  "Group.CallbackBeforeCreateGroup": before("1047/34368", OPERATOR),
  "Group.CallbackAfterCreateGroup": after("1047/34369", GROUP),
  "Group.CallbackBeforeApplyJoinGroup": before("1047/34370", GROUP),
  "Group.CallbackBeforeInviteJoinGroup": before("1047/34371", GROUP),
  "Group.CallbackAfterNewMemberJoin": after("1047/34372", GROUP),
  "Group.CallbackAfterMemberExit": after("1047/34373", GROUP),
  "Group.CallbackBeforeSendMsg": before("1047/34374", GROUP),
  "Group.CallbackAfterSendMsg": after("1047/34375", GROUP),
  "Group.CallbackAfterGroupFull": after("1047/34376", GROUP),
  "Group.CallbackAfterGroupDestroyed": after("1047/34377", GROUP),
  "Group.CallbackAfterGroupInfoChanged": after("1047/34378", GROUP),
  "Group.CallbackAfterRecallMsg": after("1047/46979", GROUP),
  "Group.CallbackOnMemberStateChange": after("1047/48734", GROUP),
  "Group.CallbackSendMsgException": after("1047/49462", GROUP),
  "Group.CallbackBeforeCreateTopic": before("1047/49463", OPERATOR),
  "Group.CallbackAfterCreateTopic": after("1047/49464", GROUP),
  "Group.CallbackAfterTopicDestroyed": after("1047/49465", GROUP),
  "Group.CallbackAfterTopicInfoChanged": after("1047/49466", GROUP),
  "Group.CallbackOnDailyGroupQuotaAlarm": after("1047/57455", UNORDERED),
  "Group.CallbackAfterMemberFieldChanged": after("1047/60393", GROUP),
  "Group.CallbackAfterGroupAttrChanged": after("1047/60394", GROUP),
  "Group.CallbackAfterReadReceipt": after("1047/60395", GROUP),
  "Group.CallbackAfterChangeGroupOwner": after("1047/60396", GROUP),
  "Group.CallbackAfterGroupMsgExtension": after("1047/76007", GROUP),
  "Group.CallbackAfterModifyMsg": after("269/129193", GROUP),
  "OfficialAccount.CallbackBeforeCreateOfficialAccount": before("1047/60795", OPERATOR),
  "OfficialAccount.CallbackAfterCreateOfficialAccount": after("1047/60796", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterOfficialAccountInfoChanged": after("1047/60797", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterOfficialAccountDestroyed": after("1047/60798", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackBeforeAddSubscriber": before("1047/60799", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterAddSubscriber": after("1047/60800", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterOfficialAccountFull": after("1047/60801", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterDeleteSubscriber": after("1047/60802", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackBeforeSendMsg": before("1047/60803", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterSendMsg": after("1047/60804", OFFICIAL_ACCOUNT),
  "OfficialAccount.CallbackAfterMsgWithDraw": after("1047/60805", OFFICIAL_ACCOUNT),
  "Bot.OnC2CMessage": after("1047/68952", CONVERSATION),
  "Bot.OnGroupMessage": after("1047/68953", GROUP),
  "Push.OfflinePush": after("1047/67552", UNORDERED),
  "Push.AllMemberPush": after("1047/67551", UNORDERED),
  "ContentCallback.ResultNotify": after("1047/78240", FROM),
  "Alert.RequestOverLimit": after("1047/60256", UNORDERED),
} satisfies Readonly<Record<string, Command>>;

/** A command that Tencent documents. */
export type DocumentedCommand = keyof typeof COMMANDS;

/** How Tencent names before-callbacks. `Preview` and `Prepare` are not among them. */
const BEFORE_CALLBACK = /\.\w*(?:[Bb]efore|Prev?(?=[A-Z]))/;

/** Whether a callback asks for permission, so that a user waits for its reply. An undocumented command is judged by its name. */
export function isBeforeCallback(command: string): boolean {
  const kind = find(command)?.kind;
  return kind ? kind === "before" : BEFORE_CALLBACK.test(command);
}

/** The URL of a command's page in Tencent's documentation; `undefined` for an undocumented command. */
export function commandPage(command: string): string | undefined {
  const page = find(command)?.page;
  const site = page?.startsWith("269/") ? "https://cloud.tencent.com" : "https://www.tencentcloud.com";
  return page && `${site}/document/product/${page}`;
}

/** The field of a callback's body that lists the accounts each of which needs a verdict in the reply, if it has one. */
export function accountListOf(command: string): string | undefined {
  return find(command)?.accountList;
}

/** The part of a command before its dot: `C2C`. */
export function familyOf(command: string): string {
  return command.slice(0, command.indexOf("."));
}

/**
 * The unit that a callback belongs to, of those within which order matters.
 *
 * @param command an undocumented command is a unit of its own
 * @param data the callback's body
 * @returns the unit's name, followed by the values that identify it, or by the command if the body has none of them;
 *   `undefined` if order does not matter
 */
export function orderingUnit(command: string, data: object): readonly string[] | undefined {
  const documented = find(command);
  const unit = documented ? documented.orderedBy : COMMAND;
  if (unit === undefined) return undefined;
  const values = unit.fields.map((path) => path.split(".").reduce(field, data)).filter(isName);
  if (values.length === 0) return [COMMAND.name, command];
  // Both directions of a conversation are one unit.
  return [unit.name, ...(unit.name === "conversation" ? values.toSorted() : values)];
}

function find(command: string): Command | undefined {
  return Object.hasOwn(COMMANDS, command) ? COMMANDS[command as DocumentedCommand] : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
