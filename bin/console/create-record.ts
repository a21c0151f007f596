import type { ReceivedRequest } from "../../local/http-api.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { maskText } from "../shared/mask-secrets.ts";
import type { CallbackRecord } from "./callback-record.ts";
import { summariseBody } from "./read-body.ts";

/** The largest body that is kept whole, to send it again. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Longer than any command that becomes an event. */
const MAX_COMMAND_LENGTH = 200;
/** Longer than any UserID, which has at most 32 bytes. */
const MAX_ACCOUNT_LENGTH = 64;

/** Creates the record of a request that has just arrived. */
export function createRecord(request: ReceivedRequest): CallbackRecord {
  const { id, receivedAt, method, path, rawQueryString, body } = request;
  const summary = summariseBody(body);
  const { callbackCommand, requestId = "" } = readParameters(rawQueryString);
  // Masked whole, as a signature that is cut off would not look like one.
  const command = maskText(callbackCommand || summary.command).slice(0, MAX_COMMAND_LENGTH);
  // A callback that is sent again has a new signature, and its body may contain the old one.
  const accounts = summary.accounts.map((account) => maskText(account).slice(0, MAX_ACCOUNT_LENGTH));
  return {
    ...{ id, receivedAt, method, path, rawQueryString, command, accounts },
    body: body.byteLength > MAX_BODY_BYTES ? Buffer.from(body.subarray(0, MAX_BODY_BYTES)) : body,
    bodyBytes: body.byteLength,
    tencentRequestId: requestId,
    isStored: false,
    isRepeat: false,
    isRepublished: false,
    isReplayed: false,
    isParked: false,
    isForged: false,
    isLogged: false,
    messages: new Map(),
    history: [],
    row: { id, receivedAt, command, accounts, verdict: "in flight", reason: "" },
  };
}

/** The query's parameters as the function reads them; those of a query with repeated ones do not count. */
function readParameters(rawQueryString: string) {
  try {
    return decodeRequest({ rawQueryString, isBase64Encoded: false }).parameters;
  } catch {
    return { callbackCommand: new URLSearchParams(rawQueryString).get("CallbackCommand") ?? "" };
  }
}
