/** A reply, in the words of the table in `docs/migrate.md`. */
export type ReplyKind =
  | "the refusal (4xx)"
  | "`OK`; 503 if it can't be judged"
  | "`OK` if stored, else 503"
  | "503"
  | "as without `relayUrl`"
  | "the handler's"
  | "502"
  | "as for a signed one";

/** A kind of request, and its treatment while an existing handler is configured: a row of the table in `docs/migrate.md`. */
export interface RelayCase {
  readonly title: string;
  readonly relayed: "yes" | "no" | "as for a signed one";
  readonly reply: ReplyKind;
  /** The reply if the handler gives none that Tencent would take, in time; the same, if it is not asked. */
  readonly replyWithoutHandler: ReplyKind;
}

/** Every kind of request, in the order of the table. */
export const RELAY_CASES = [
  {
    title: "Refused",
    relayed: "no",
    reply: "the refusal (4xx)",
    replyWithoutHandler: "the refusal (4xx)",
  },
  {
    title: "Verify (an empty body)",
    relayed: "no",
    reply: "`OK`; 503 if it can't be judged",
    replyWithoutHandler: "`OK`; 503 if it can't be judged",
  },
  {
    title: "Command not in `relayCommands`",
    relayed: "no",
    reply: "as without `relayUrl`",
    replyWithoutHandler: "as without `relayUrl`",
  },
  {
    title: "Before-callback, forwarded or not",
    relayed: "yes",
    reply: "the handler's",
    replyWithoutHandler: "502",
  },
  {
    title: "After-callback that becomes an event",
    relayed: "yes",
    reply: "`OK` if stored, else 503",
    replyWithoutHandler: "`OK` if stored, else 503",
  },
  {
    title: "After-callback that becomes no event",
    relayed: "yes",
    reply: "the handler's",
    replyWithoutHandler: "502",
  },
  {
    title: "Before-callback that can't be judged",
    relayed: "yes",
    reply: "the handler's",
    replyWithoutHandler: "502",
  },
  {
    title: "After-callback that can't be judged and may become an event",
    relayed: "yes",
    reply: "503",
    replyWithoutHandler: "503",
  },
  {
    title: "After-callback that can't be judged and becomes no event",
    relayed: "yes",
    reply: "the handler's",
    replyWithoutHandler: "502",
  },
  {
    title: "Any, while `RELAY_URL` itself is invalid",
    relayed: "no",
    reply: "503",
    replyWithoutHandler: "503",
  },
  {
    title: "Unsigned, with `authentication=none`",
    relayed: "as for a signed one",
    reply: "as for a signed one",
    replyWithoutHandler: "as for a signed one",
  },
] as const satisfies readonly RelayCase[];
