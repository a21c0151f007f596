import { type Annotations, Stack, Token } from "aws-cdk-lib";
import { httpUrl } from "../functions/kinds.ts";
import { CALLBACK_PATH } from "./callback-path.ts";
import type { Endpoint } from "./endpoint.ts";
import type { SettingProblem } from "./setting-problem.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";
import { warnOfUndocumented } from "./undocumented-commands.ts";

/**
 * Finds the problems of `relayUrl` and `relayCommands`, apart from malformed values.
 *
 * @param props the properties, which may have any type
 */
export function findRelayProblems(props: Partial<TencentChatEventsProps>): SettingProblem[] {
  const { relayUrl, relayCommands } = props;
  const problems: SettingProblem[] = [];
  const url = parse(relayUrl);
  const urlProblem = url && findUrlProblem(url, props);
  if (urlProblem) problems.push({ property: "relayUrl", value: relayUrl, message: urlProblem });
  if (Array.isArray(relayCommands) && relayCommands.length === 0) {
    problems.push({
      property: "relayCommands",
      value: relayCommands,
      message: "expected at least one command, or no list, which relays all. To relay none, leave out relayUrl as well",
    });
  } else if (relayCommands !== undefined && relayUrl === undefined) {
    problems.push({
      property: "relayCommands",
      value: relayCommands,
      message: "it has no effect without relayUrl. Set that, or leave out relayCommands",
    });
  }
  return problems;
}

/** @returns `undefined` if there is no URL, it is malformed, or CloudFormation fills in its host later */
function parse(relayUrl: unknown): URL | undefined {
  return typeof relayUrl === "string" && httpUrl.parse(relayUrl) ? new URL(relayUrl) : undefined;
}

function findUrlProblem(
  { protocol, username, password, search, hash, hostname }: URL,
  { domain }: Partial<TencentChatEventsProps>,
): string | undefined {
  const expected = "expected an https URL such as https://chat.example.com/callback";
  if (protocol !== "https:") return `${expected}, as signed callbacks must not travel unencrypted`;
  if (username || password) return `${expected}, without credentials: the handler verifies Tencent's signature instead`;
  if (search || hash)
    return `${expected}, without a query string or fragment: each callback brings its own query string`;
  if (hostname.replace(/\.$/, "") === String(domain?.domainName).toLowerCase()) {
    return "it is on this stack's own domain. Expected the URL of the existing handler, which needs another name";
  }
  return undefined;
}

/**
 * Checks, once the app is complete, that a URL which CloudFormation fills in is not the endpoint's own.
 *
 * @param relayUrl the setting, which may be a token
 * @param endpoint the construct's own API
 * @returns a sentence for each problem
 */
export function findOwnUrl(relayUrl: string, { api, callbackUrl }: Pick<Endpoint, "api" | "callbackUrl">): string[] {
  const resolve = (value: string) => JSON.stringify(Stack.of(api).resolve(value));
  const { Ref: apiId } = Stack.of(api).resolve(api.apiId) as { readonly Ref: string };
  const isOwn = resolve(relayUrl) === resolve(callbackUrl) || resolve(relayUrl).includes(`"${apiId}"`);
  return isOwn ? ["relayUrl is this endpoint's own URL: expected the URL of the existing handler"] : [];
}

/** The host of an API without a domain. */
const API_HOST = /\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/** Warns of a handler that may be this endpoint itself, and of undocumented commands. */
export function warnOfRelay(
  annotations: Annotations,
  { relayUrl, relayCommands = [] }: Pick<TencentChatEventsProps, "relayUrl" | "relayCommands">,
): void {
  const url = parse(relayUrl);
  if (url && API_HOST.test(url.hostname) && url.pathname === CALLBACK_PATH) {
    annotations.addWarningV2(
      "tencent-chat-events:relay-loop",
      "relayUrl looks like an endpoint of this project. If it is this stack's own, before-callbacks are answered with 502. " +
        "Compare it with the output ApiUrl, or deploy and run: npm run doctor -- --stack NAME",
    );
  }
  if (!Token.isUnresolved(relayCommands)) warnOfUndocumented(annotations, "relayCommands", relayCommands);
}
