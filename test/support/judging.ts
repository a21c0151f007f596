import { NO_FORWARDING } from "../../events/forwarding.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";

/** The configuration of a function that turns only read reports into events. */
export const ENVIRONMENT = {
  sdkAppId: SDK_APP_ID,
  clockSkewSeconds: 60,
  allowedSources: undefined,
  region: "us-east-1",
  includeClientIp: true,
  forwarding: NO_FORWARDING,
  logEvents: false,
} as const;

/** A secret that holds the tests' token and was never rotated. */
export const TOKEN_STORE = { currentToken: async () => TOKEN, freshTokens: async () => [TOKEN] };

/** API Gateway's part of an invocation. */
export const REQUEST_CONTEXT = {
  accountId: "123456789012",
  requestId: "id",
  http: { sourceIp: "203.0.113.7" },
} as const;
