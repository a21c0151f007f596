import type { Mutation } from "./mutation.ts";

/** Faults in moving on what waits on standby. */
export const STANDBY: readonly Mutation[] = [
  {
    name: "acknowledges messages that failed",
    file: "functions/republish/republish.ts",
    find: "return leaveOnQueue(staying);",
    replace: "return leaveOnQueue([]);",
  },
  {
    name: "never hides a message that failed",
    file: "functions/republish/republish.ts",
    find: "await this.#hide(record);",
    replace: "",
  },
  {
    name: "hides a message for more than SQS's twelve hours",
    file: "functions/republish/pace.ts",
    find: "Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1))",
    replace: "86_400",
  },
  {
    name: "works off failing messages as fast as it can",
    file: "functions/republish/republish.ts",
    find: "await keepPace(startedAt, staying.length, this.#dependencies.concurrency);",
    replace: "",
  },
  {
    name: "tries a batch for longer than its function may run",
    file: "functions/republish/pace.ts",
    find: "ATTEMPT_MS = 5_000",
    replace: "ATTEMPT_MS = 500_000",
  },
  {
    name: "drops messages that can never be published",
    file: "functions/republish/republish.ts",
    find: "if (deadLetters === undefined) return false;",
    replace: "return true;",
  },
  {
    name: "gives up messages that fail for the time being",
    file: "functions/republish/republish.ts",
    find: "return error instanceof AwsError && INVALID_CODES.test(error.code);",
    replace: "return error instanceof AwsError;",
  },
  {
    name: "does not mark events as republished",
    file: "functions/republish/republish.ts",
    find: "destination.publish(markRepublished(event), deadline)",
    replace: "destination.publish(event, deadline)",
  },
  {
    name: "judges parked requests as of now",
    file: "functions/republish/republish.ts",
    find: "{ ...takeReceipt(), unixTime: receivedAt }",
    replace: "takeReceipt()",
  },
  {
    name: "publishes parked requests unverified",
    file: "functions/republish/republish.ts",
    find: "this.#judge = new CallbackJudge(dependencies);",
    replace: "this.#judge = new CallbackJudge({ ...dependencies, tokenStore: undefined });",
  },
  {
    name: "drops parked requests that it cannot judge either",
    file: "functions/republish/republish.ts",
    find: 'if (judgement.verdict === "unjudged") throw new Error(judgement.problem, { cause: judgement.cause });',
    replace: 'if (judgement.verdict === "unjudged") return undefined;',
  },
  {
    name: "drops parked requests that are refused",
    file: "functions/republish/republish.ts",
    find: "{ explanation: error.message, parked: true });",
    replace: "{ explanation: error.message, parked: true });\n        return true;",
  },
  {
    name: "hides a message for longer each time, without limit",
    file: "functions/republish/pace.ts",
    find: "Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1))",
    replace: "FIRST_PAUSE_S * 2 ** (attempts - 1)",
  },
  {
    name: "drops what the dead-letter queue did not take",
    file: "functions/republish/republish.ts",
    find: "messageId });\n      return false;",
    replace: "messageId });\n      return true;",
  },
];
