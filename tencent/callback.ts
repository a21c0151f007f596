import type { AuthenticatedRequest } from "./authenticate.ts";
import { accountListOf, READ_REPORT_COMMAND } from "./commands.ts";
import { decodeText, isEmptyBody, type JsonObject, parseJsonObject } from "./json.ts";
import { type ReadReport, readReadReport } from "./read-report.ts";
import { Refusal } from "./refusal.ts";
import type { ResultItem } from "./reply.ts";
import type { CallbackRequest } from "./request.ts";

/** The content of an authenticated request. */
export type Callback =
  /** The console's Verify button, or any other request with an empty body. */
  | { readonly kind: "verify" }
  /** A one-to-one conversation was marked as read. */
  | { readonly kind: "read-report"; readonly report: ReadReport }
  /** Any other command, documented or not. Refusing one would help nobody; refusing a before-callback blocks the chat. */
  | {
      readonly kind: "other";
      readonly command: string;
      /** The body as received. */
      readonly data: JsonObject;
      /** The verdict on each account, for commands whose reply requires it. */
      readonly resultItems: readonly ResultItem[] | undefined;
    };

/** A read report has a few hundred bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** A forwarded body may be larger: as an event it still fits SQS's and EventBridge's 1 MiB, even with every byte escaped. */
export const MAX_FORWARDED_BODY_BYTES = 256 * 1024;

/**
 * Checks that a request belongs to this app. The console's Verify button may leave `SdkAppid` out, so a request with an
 * empty body passes without it.
 *
 * @param sdkAppId the app's own SDKAppID
 * @throws {Refusal} `sdk-app-id-mismatch`, `sdk-app-id-missing`
 */
export function checkSdkAppId({ parameters, body }: AuthenticatedRequest, sdkAppId: string): void {
  if (parameters.sdkAppId) {
    if (parameters.sdkAppId !== sdkAppId) throw new Refusal("sdk-app-id-mismatch", "SdkAppid is another app's");
  } else if (!isEmptyBody(body)) {
    throw new Refusal("sdk-app-id-missing", "SdkAppid is missing in the query");
  }
}

/**
 * Reads the callback in a request.
 *
 * @param maxBodyBytes the largest body to accept
 * @throws {Refusal} `body-too-large`, `body-malformed`, `command-missing`, `command-mismatch`, `read-report-invalid`
 */
export function readCallback({ parameters, body }: AuthenticatedRequest, maxBodyBytes: number): Callback {
  if (body.byteLength > maxBodyBytes) {
    throw new Refusal("body-too-large", `the body is larger than ${maxBodyBytes / 1024} KiB`);
  }
  if (isEmptyBody(body)) return { kind: "verify" };
  const data = parseJsonObject(decodeText(body));
  const command = readCommand(parameters.callbackCommand, data);
  if (command === READ_REPORT_COMMAND) return { kind: "read-report", report: readReadReport(data) };
  return { kind: "other", command, data, resultItems: allowEachAccount(command, data) };
}

/**
 * Returns the verdicts for the reply to a before-callback that could not be authenticated. Each account is allowed, because
 * a user is waiting. A forger learns nothing from that reply.
 *
 * @returns `undefined` if the command's reply needs none, or the body cannot be read
 */
export function allowUnauthenticated({ parameters, body }: CallbackRequest): readonly ResultItem[] | undefined {
  const { callbackCommand: command = "" } = parameters;
  // Anyone can send these: do not parse more than necessary.
  if (!accountListOf(command) || body.byteLength > MAX_BODY_BYTES) return undefined;
  try {
    return allowEachAccount(command, parseJsonObject(decodeText(body)));
  } catch {
    return undefined;
  }
}

function readCommand(fromQuery: string | undefined, data: JsonObject): string {
  const fromBody = data["CallbackCommand"];
  if (fromBody !== undefined && typeof fromBody !== "string") {
    throw new Refusal("command-mismatch", "CallbackCommand in the body is not a string");
  }
  if (fromQuery && fromBody !== undefined && fromBody !== fromQuery) {
    throw new Refusal("command-mismatch", "CallbackCommand in the body differs from the query's");
  }
  const command = fromQuery || fromBody;
  if (!command) throw new Refusal("command-missing", "CallbackCommand is missing in query and body");
  return command;
}

function allowEachAccount(command: string, data: JsonObject): ResultItem[] | undefined {
  const accountList = accountListOf(command);
  if (accountList === undefined) return undefined;
  const items = data[accountList];
  if (!Array.isArray(items)) return [];
  return items
    .map((item: unknown) => (item as { To_Account?: unknown } | null)?.To_Account)
    .filter((account) => typeof account === "string")
    .map((account) => ({ To_Account: account, ResultCode: 0, ResultInfo: "" }));
}
