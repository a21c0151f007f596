import { createForwarding } from "../../events/forwarding.ts";
import { isHandlersTurn } from "../../functions/callback/relay.ts";
import { CallbackJudge, type JudgeDependencies, type Judgement } from "../../functions/judge-callback.ts";
import { createRelayTarget } from "../../functions/relay-target.ts";
import { FUNCTION_SETTINGS } from "../../functions/settings.ts";
import type { ReceivedRequest } from "../../local/http-api.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../local/template.ts";
import { isEmptyBody } from "../../tencent/json.ts";
import type { RefusalReason } from "../../tencent/refusal.ts";
import { CHECK_OF_REASON, type CheckName } from "./checks.ts";

/** The configuration of the system's endpoint. */
export interface EndpointSettings {
  readonly sdkAppId: string;
  /** The callbacks that become events, besides read reports. */
  readonly forward: readonly string[];
  /** The existing handler's URL, if callbacks are relayed to one. */
  readonly relayUrl?: string | undefined;
  /** The callbacks that it gets; all if absent. */
  readonly relayCommands?: readonly string[];
}

/** What the endpoint is expected to do with a request. */
export interface Expectation {
  /** The check that decides. */
  readonly check: CheckName;
  /** Why it is refused, in the words of the reply; `undefined` if it is accepted. */
  readonly refusal: string | undefined;
  /** The id of its event; `undefined` if it becomes none. */
  readonly deduplicationId: string | undefined;
  /** Whether Tencent gets the existing handler's reply if the request is relayed. */
  readonly isHandlersTurn: boolean;
}

/** The endpoint's expectations of a request: with the tokens known here, and if its signature were not checked at all. */
export interface Expectations {
  readonly signed: Expectation;
  /** The same as `signed` unless the signature decides. */
  readonly unsigned: Expectation;
}

/** The refusals that depend on tokens and clocks, which the function reads at another time than this. */
const UNCERTAIN: readonly (RefusalReason | undefined)[] = ["signature-invalid", "request-expired"];

/** Judges requests once more, with the code that the function runs. */
export class SecondJudge {
  readonly #environment: JudgeDependencies["environment"];
  readonly #withoutToken: CallbackJudge;

  constructor({ sdkAppId, forward, ...relay }: EndpointSettings) {
    this.#environment = {
      sdkAppId,
      forwarding: createForwarding(forward),
      existingHandler: createRelayTarget(relay),
      clockSkewSeconds: FUNCTION_SETTINGS.clockSkewSeconds.default,
      allowedSources: undefined,
      includeClientIp: FUNCTION_SETTINGS.includeClientIp.default,
      region: LOCAL_REGION,
    };
    this.#withoutToken = new CallbackJudge({ environment: this.#environment, tokenStore: undefined });
  }

  /**
   * Judges a request as of its arrival.
   *
   * @param tokens the current token, and the previous one if there is one
   */
  async judge(request: ReceivedRequest, tokens: readonly string[]): Promise<Expectations> {
    const [current = ""] = tokens;
    const tokenStore = { currentToken: async () => current, freshTokens: async () => [...tokens] };
    const judge = new CallbackJudge({ environment: this.#environment, tokenStore });
    const judgement = await this.#judge(judge, request);
    const signed = toExpectation(judgement, request);
    const isUncertain = judgement.verdict === "refused" && UNCERTAIN.includes(judgement.refusal.reason);
    if (!isUncertain) return { signed, unsigned: signed };
    return { signed, unsigned: toExpectation(await this.#judge(this.#withoutToken, request), request) };
  }

  #judge(judge: CallbackJudge, { id, rawQueryString, body, receivedAt }: ReceivedRequest): Promise<Judgement> {
    const requestContext = { accountId: LOCAL_ACCOUNT, requestId: id, http: { sourceIp: "" } };
    const invocation = { rawQueryString, body: body.toString("base64"), isBase64Encoded: true, requestContext };
    return judge.judge(invocation, { unixTime: receivedAt, monotonicTime: 0 }, Number.POSITIVE_INFINITY);
  }
}

function toExpectation(judgement: Judgement, { body }: ReceivedRequest): Expectation {
  switch (judgement.verdict) {
    case "refused": {
      const { reason, message } = judgement.refusal;
      return { check: CHECK_OF_REASON[reason], refusal: message, deduplicationId: undefined, isHandlersTurn: false };
    }
    case "accepted":
      return {
        check: judgement.event ? "Storage" : checkWithoutEvent(body, judgement.isUserWaiting),
        refusal: undefined,
        deduplicationId: judgement.event?.detail.metadata.deduplicationId,
        isHandlersTurn: isHandlersTurn(judgement),
      };
    case "unjudged":
      return {
        check: "Function",
        refusal: undefined,
        deduplicationId: undefined,
        isHandlersTurn: isHandlersTurn(judgement),
      };
  }
}

/** The check that accepts a callback which becomes no event. */
function checkWithoutEvent(body: Buffer, isUserWaiting: boolean): CheckName {
  if (isEmptyBody(body)) return "Verify";
  return isUserWaiting ? "Before-callback" : "Forwarding";
}
