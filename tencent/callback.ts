import type { AuthenticatedRequest } from "./authenticate.ts";
import { accountListOf, isBeforeCallback, READ_REPORT_COMMAND } from "./commands.ts";
import { decodeText, isEmptyBody, type JsonObject, parseJsonObject } from "./json.ts";
import { type ReadReport, readReadReport } from "./read-report.ts";
import { Refusal } from "./refusal.ts";
import type { ResultItem } from "./reply.ts";
import type { CallbackRequest } from "./request.ts";

/** What an authenticated request turned out to be. */
export type Callback =
  /** The console's Verify button, or anything else with nothing in it. */
  | { readonly kind: "verify" }
  /** A one-to-one conversation was marked as read. */
  | { readonly kind: "read-report"; readonly report: ReadReport }
  /** Any other command, known or not: refusing it would help nobody, and a before-callback's refusal blocks the chat. */
  | {
      readonly kind: "other";
      readonly command: string;
      /** The body as it came. */
      readonly data: JsonObject;
      readonly resultItems: readonly ResultItem[] | undefined;
    };

/** A read report has a few hundred bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** A forwarded body may be larger: as an event it still fits SQS's and EventBridge's 1 MiB, even if every byte is escaped. */
export const MAX_FORWARDED_BODY_BYTES = 256 * 1024;

/**
 * Checks that a request belongs to this app.
 *
 * A request without a body passes without `SdkAppid`: the console's Verify button may leave it out.
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
 * Finds out what a request says.
 *
 * @param maxBodyBytes how large its body may be
 * @throws {Refusal} `body-too-large`, `body-malformed`, `command-missing`, `command-mismatch`, `read-report-invalid`
 */
export function readCallback({ parameters, body }: AuthenticatedRequest, maxBodyBytes: number): Callback {
  if (body.byteLength > maxBodyBytes) {
    throw new Refusal("body-too-large", `the body is larger than ${maxBodyBytes / 1024} KiB`);
  }
  if (isEmptyBody(body)) return { kind: "verify" };
  const content = parseJsonObject(decodeText(body));
  const command = readCommand(parameters.callbackCommand, content);
  if (command === READ_REPORT_COMMAND) return { kind: "read-report", report: readReadReport(content) };
  return { kind: "other", command, data: content, resultItems: allowEachAccount(command, content) };
}

/** What a before-callback is told. */
export interface Permission {
  /** The verdict on each account, for the commands whose reply requires it. */
  readonly resultItems: readonly ResultItem[] | undefined;
}

/**
 * What a request is told that could not be judged, if it says that it is a before-callback: that whatever a user wants to do
 * is allowed. Whoever sent it, that gives nothing away.
 *
 * @returns `undefined` for anything else
 */
export function permitUnjudged({ parameters: { callbackCommand }, body }: CallbackRequest): Permission | undefined {
  if (!callbackCommand || !isBeforeCallback(callbackCommand)) return undefined;
  // Anybody may have sent it, so nothing is parsed in vain.
  if (body.byteLength > MAX_FORWARDED_BODY_BYTES || !accountListOf(callbackCommand)) return { resultItems: undefined };
  try {
    return { resultItems: allowEachAccount(callbackCommand, parseJsonObject(decodeText(body))) };
  } catch {
    return { resultItems: undefined };
  }
}

function readCommand(fromQuery: string | undefined, content: JsonObject): string {
  const fromBody = content["CallbackCommand"];
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

function allowEachAccount(command: string, content: JsonObject): ResultItem[] | undefined {
  const accountList = accountListOf(command);
  if (accountList === undefined) return undefined;
  const items = content[accountList];
  if (!Array.isArray(items)) return [];
  return items
    .map((item: unknown) => (item as { To_Account?: unknown } | null)?.To_Account)
    .filter((account) => typeof account === "string")
    .map((account) => ({ To_Account: account, ResultCode: 0, ResultInfo: "" }));
}
