import type { Mutation } from "./mutation.ts";

/** Faults in judging requests, and in what others learn from them. */
export const JUDGING: readonly Mutation[] = [
  {
    name: "accepts any signature",
    file: "tencent/signature.ts",
    find: "found = timingSafeEqual(digest(token, requestTime), given) || found;",
    replace: "found = true;",
  },
  {
    name: "accepts unsigned requests",
    file: "functions/judge-callback.ts",
    find: "if (this.#tokenStore === undefined) return acceptUnsigned(request);",
    replace: "if (this.#tokenStore === undefined || !request.parameters.sign) return acceptUnsigned(request);",
  },
  {
    name: "stumbles over a malformed signature",
    file: "tencent/authenticate.ts",
    find: "if (!/^[0-9a-f]{64}$/i.test(sign) || !/^[0-9]+$/.test(requestTime)) {",
    replace: "if (false) {",
  },
  {
    name: "accepts expired requests",
    file: "tencent/authenticate.ts",
    find: "if (Math.abs(age) > rules.clockSkewSeconds) {",
    replace: "if (false) {",
  },
  {
    name: "accepts requests of another app with the same token",
    file: "tencent/callback.ts",
    find: "if (parameters.sdkAppId !== sdkAppId) throw",
    replace: "if (false) throw",
  },
  {
    name: "logs the Sign of a request that it cannot judge",
    file: "functions/recovery-log.ts",
    find: "const { sign: _secret, requestTime: _signed,",
    replace: "const { requestTime: _signed,",
  },
  {
    name: "logs the query of a refused request",
    file: "functions/callback/handle-callback.ts",
    find: "const details = { explanation: refusal.message,",
    replace: "const details = { query: arguments[1].rawQueryString, explanation: refusal.message,",
  },
  {
    name: "logs the body of a refused request",
    file: "functions/callback/handle-callback.ts",
    find: "const details = { explanation: refusal.message,",
    replace: "const details = { body: arguments[1].body, explanation: refusal.message,",
  },
  {
    name: "tells the token to those whose signature is wrong",
    file: "tencent/authenticate.ts",
    find: '"Sign does not match"',
    replace: '"Sign does not match " + rules.tokens',
  },
  {
    name: "publishes a callback's Sign",
    file: "events/create-event.ts",
    find: "requestId: parameters.requestId || undefined",
    replace: "requestId: parameters.sign || undefined",
  },
  {
    name: "does not keep a callback whose signature is valid, but which is refused",
    file: "functions/callback/handle-callback.ts",
    find: "if (signed) recoveryLog.refused(signed, unixTime, refusal, requestId);",
    replace: "",
  },
  {
    name: "keeps an expired request as if it were authenticated",
    file: "functions/judge-callback.ts",
    find: "signed: isLost ? { request, isAuthenticated } : undefined",
    replace: "signed: isLost ? { request, isAuthenticated: true } : undefined",
  },
  {
    name: "logs every refusal",
    file: "functions/metrics.ts",
    find: "if (count <= LOGGED_REFUSALS_PER_MINUTE) log(",
    replace: "log(",
  },
  {
    name: "answers OK while it is not configured",
    file: "functions/callback/index.ts",
    find: "return isRelayBroken ? replyUnavailable(unjudged.problem) : replyWithoutStoring(unjudged, unjudged.problem);",
    replace: 'return { statusCode: 200, headers: {}, body: "{}" };',
  },
  {
    name: "does not log callbacks while it is not configured",
    file: "functions/callback/index.ts",
    find: "recoveryLog.request(request, receipt.unixTime, cause);",
    replace: "{}",
  },
  {
    name: "logs requests that it cannot judge without limit",
    file: "functions/recovery-log.ts",
    find: "MAX_REQUESTS_PER_MINUTE = 300",
    replace: "MAX_REQUESTS_PER_MINUTE = Number.POSITIVE_INFINITY",
  },
  {
    name: "logs requests that it cannot judge without limit of bytes",
    file: "functions/recovery-log.ts",
    find: "MAX_REQUEST_BYTES_PER_MINUTE = 4 * 1024 * 1024",
    replace: "MAX_REQUEST_BYTES_PER_MINUTE = Number.POSITIVE_INFINITY",
  },
  {
    name: "logs unsigned requests while it is not configured",
    file: "functions/callback/index.ts",
    find: "unjudged.mayBecomeEvent && isAcceptable",
    replace: "unjudged.mayBecomeEvent",
  },
  {
    name: "fails over malformed JSON",
    file: "tencent/json.ts",
    find: 'throw new Refusal("body-malformed", "the body is not JSON");',
    replace: 'throw new Error("the body is not JSON");',
  },
];
