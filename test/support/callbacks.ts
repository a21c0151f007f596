import { sign } from "../../tencent/signature.ts";

/** The app, token and time that all tests use. */
export const SDK_APP_ID = "1400000001";
export const TOKEN = "test-token";
export const REQUEST_TIME = 1_754_284_800;

/** The body of a read report as Tencent documents it, with all optional fields. */
export const READ_REPORT = {
  CallbackCommand: "C2C.CallbackAfterMsgReport",
  EventTime: 1_754_284_800_456,
  LastReadTime: 1_754_284_799,
  Peer_Account: "bob",
  Report_Account: "alice",
  UnreadMsgNum: 7,
};

/** The same as JSON, as Tencent posts it. */
export const REPORT = JSON.stringify(READ_REPORT);

/** The signed query's parameters as they are logged: all but the signature and the reader's address. */
export const LOGGED_PARAMETERS = {
  callbackCommand: READ_REPORT.CallbackCommand,
  optPlatform: "iOS",
  requestId: "0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001",
  sdkAppId: SDK_APP_ID,
};

/** The reply that says OK. */
export const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };

/** Query parameters by the names Tencent gives them; `undefined` leaves one out. */
export type Query = Readonly<Record<string, string | undefined>>;

/**
 * A signed query as Tencent sends it.
 *
 * @param requestTime Unix seconds
 * @param changes what is to be different
 */
export function signedQuery(requestTime: number, changes: Query = {}, token = TOKEN): string {
  const parameters: Query = {
    CallbackCommand: "C2C.CallbackAfterMsgReport",
    ClientIP: "203.0.113.7",
    OptPlatform: "iOS",
    RequestId: "0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001",
    RequestTime: String(requestTime),
    SdkAppid: SDK_APP_ID,
    Sign: sign(token, String(requestTime)),
    contenttype: "json",
    ...changes,
  };
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(present).toString();
}

/** The current Unix time in seconds. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
