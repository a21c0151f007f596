import type { DocumentedCommand, Signing } from "./protocol.ts";

/** Describes each kind of command, and how the endpoint handles it. */
export const KIND_WORDS: Readonly<Record<DocumentedCommand["kind"], string>> = {
  before:
    "Before-callback: asks for permission while a user waits. The endpoint always allows it, and no event comes of it.",
  after: "After-callback: reports what happened. The endpoint answers OK, and publishes it if it is forwarded.",
};

/** The same for commands that are relayed to the existing handler. */
export const RELAYED_KIND_WORDS: typeof KIND_WORDS = {
  before: "Before-callback: asks for permission while a user waits. The existing handler decides.",
  after:
    "After-callback: reports what happened. The existing handler gets it. The endpoint publishes it if it is forwarded; " +
    "otherwise it returns the handler's reply.",
};

/** The read report is the callback that the project exists for. */
export const READ_REPORT_WORDS = "After-callback: a user has read the messages of another. It becomes an event.";

/** A way to sign: its name, and how the endpoint answers. */
export const SIGNING_WORDS: Readonly<Record<Signing, readonly [name: string, answer: string]>> = {
  correct: ["Correctly", "Signed with the token, as Tencent does. The endpoint accepts the callback."],
  wrong: ["With another token", "Sign does not match, as in a forgery. The endpoint answers 401."],
  "too old": [
    "Too old",
    "Sign is right, but RequestTime is past, as in a replayed callback. The endpoint answers 401.",
  ],
  "too early": [
    "Too early",
    "Sign is right, but RequestTime is ahead, as with a wrong clock. The endpoint answers 401.",
  ],
  unsigned: ["Not at all", "Sign is missing, as for an app without a token. The endpoint answers 401."],
  "other app": ["For another app", "SdkAppid is not this app's. The endpoint answers 403."],
  repeated: [
    "With repeated parameters",
    "A parameter is given twice, so that it has no one value. The endpoint answers 400.",
  ],
};
