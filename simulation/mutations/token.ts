import type { Mutation } from "./mutation.ts";

/** Faults in reading the token. */
export const TOKEN: readonly Mutation[] = [
  {
    name: "forgets the previous token",
    file: "functions/aws/token-store.ts",
    find: "? [current, previous.token] : [current]",
    replace: "? [current] : [current]",
  },
  {
    name: "holds a failed read of the token against callbacks for five minutes",
    file: "functions/aws/token-store.ts",
    find: "Math.min(maxAgeMs, FIRST_RETRY_MS * 2 ** (this.#failures - 1))",
    replace: "TIME_TO_LIVE_MS",
  },
  {
    name: "reads the current token with every callback",
    file: "functions/aws/token-store.ts",
    find: "const TIME_TO_LIVE_MS = 5 * 60_000;",
    replace: "const TIME_TO_LIVE_MS = 0;",
  },
  {
    name: "reads both tokens with every wrong signature",
    file: "functions/aws/token-store.ts",
    find: "this.#fullRead.get(RETRY_INTERVAL_MS, deadline)",
    replace: "this.#fullRead.get(0, deadline)",
  },
  {
    name: "reads both tokens once only",
    file: "functions/aws/token-store.ts",
    find: "this.#fullRead.get(RETRY_INTERVAL_MS, deadline)",
    replace: "this.#fullRead.get(Number.POSITIVE_INFINITY, deadline)",
  },
  {
    name: "believes a failed read that there is no previous token",
    file: "functions/aws/token-store.ts",
    find: 'if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;',
    replace: "return undefined;",
  },
  {
    name: "cannot judge a wrong signature before the first rotation",
    file: "functions/aws/token-store.ts",
    find: 'if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;',
    replace: "",
  },
  {
    name: "forgets the token if it cannot be read again",
    file: "functions/aws/token-store.ts",
    find: "if (this.#current === undefined) throw error;",
    replace: "throw error;",
  },
  {
    name: "waits for the token past the reply's deadline",
    file: "functions/callback/deadlines.ts",
    find: "TOKEN_UNTIL_MS = 600",
    replace: "TOKEN_UNTIL_MS = 6_000",
  },
  {
    name: "refuses requests while the token cannot be read",
    file: "functions/judge-callback.ts",
    find: "throw new TokenUnavailable(undefined, { cause });",
    replace: 'throw new Refusal("signature-invalid", "Sign does not match");',
  },
  {
    name: "drops requests while the token cannot be read",
    file: "functions/callback/handle-callback.ts",
    find: "else await this.#parking.park(invocation, unjudged, receipt);",
    replace: "",
  },
  {
    name: "does not keep forwarded callbacks while the token cannot be read",
    file: "functions/judge-callback.ts",
    find: " || forwarding.has(command);",
    replace: ";",
  },
  {
    name: "does not log a request that standby did not take",
    file: "functions/callback/park.ts",
    find: "this.#recoveryLog.request(request, unixTime, error);",
    replace: "",
  },
  {
    name: "parks requests without limit",
    file: "functions/callback/park.ts",
    find: "MAX_PARKED_PER_MINUTE = 300",
    replace: "MAX_PARKED_PER_MINUTE = Number.POSITIVE_INFINITY",
  },
  {
    name: "accepts the previous token for ever",
    file: "functions/aws/token-store.ts",
    find: "previous !== undefined && validAt < previous.until",
    replace: "previous !== undefined",
  },
  {
    name: "never reads the current token again",
    file: "functions/aws/token-store.ts",
    find: "const TIME_TO_LIVE_MS = 5 * 60_000;",
    replace: "const TIME_TO_LIVE_MS = Number.POSITIVE_INFINITY;",
  },
  {
    name: "does not keep a callback that is too large while the token cannot be read",
    file: "functions/judge-callback.ts",
    find: "request.body.byteLength <= MAX_FORWARDED_BODY_BYTES && mayBecomeEvent(request, expected)",
    replace:
      "request.body.byteLength <= maxBodyBytes(request.parameters.callbackCommand, expected.forwarding) && mayBecomeEvent(request, expected)",
  },
];
