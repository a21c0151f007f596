import { nowInSeconds, signedQuery } from "./callbacks.ts";

/** An after- and a before-callback of one-to-one messages. */
export const SENT = "C2C.CallbackAfterSendMsg";
export const ASKED = "C2C.CallbackBeforeSendMsg";

/** What their bodies say. */
export const MESSAGE = { From_Account: "alice", To_Account: "bob", MsgKey: "1_2_3", MsgBody: [] };

/** The signed query of a callback that is sent now. */
export const query = (command: string) => signedQuery(nowInSeconds(), { CallbackCommand: command });

/** A body of a command. */
export const bodyOf = (command: string, changes: object = {}) =>
  JSON.stringify({ CallbackCommand: command, ...MESSAGE, ...changes });
