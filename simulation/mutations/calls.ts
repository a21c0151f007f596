import type { Mutation } from "./mutation.ts";

/** Faults of the calls of AWS's services. */
export const CALLS: readonly Mutation[] = [
  {
    name: "does not check what a service confirmed",
    file: "functions/aws/json-client.ts",
    find: "check?.(output);",
    replace: "",
  },
  {
    name: "ignores the MD5 of what SQS stored",
    file: "functions/destination/sqs.ts",
    find: "if (MD5OfMessageBody !== digest)",
    replace: "if (MD5OfMessageBody === undefined)",
  },
  {
    name: "ignores the entries of PutEvents' answer",
    file: "functions/destination/event-bridge.ts",
    find: "deadline, checkEntry)",
    replace: "deadline)",
  },
  {
    name: "takes an entry of PutEvents without an EventId for stored",
    file: "functions/destination/event-bridge.ts",
    find: "if (!result?.EventId)",
    replace: "if (false)",
  },
  {
    name: "lets one attempt use up all the time",
    file: "functions/aws/json-client.ts",
    find: "Math.min(ATTEMPT_TIMEOUT_MS, deadline - performance.now())",
    replace: "deadline - performance.now()",
  },
  {
    name: "waits for an answer for ever",
    file: "functions/aws/http.ts",
    find: "const timer = setTimeout(",
    replace: "const timer = ((_giveUp, _timeout) => undefined)(",
  },
  {
    name: "lets the last attempt go on after the deadline",
    file: "functions/aws/json-client.ts",
    find: "Math.min(ATTEMPT_TIMEOUT_MS, deadline - performance.now())",
    replace: "ATTEMPT_TIMEOUT_MS",
  },
  {
    name: "makes further attempts after the deadline",
    file: "functions/aws/json-client.ts",
    find: "if (performance.now() + pause + SHORTEST_ATTEMPT_MS > deadline) throw error;",
    replace: "if (performance.now() > deadline + 2 * ATTEMPT_TIMEOUT_MS) throw error;",
  },
  {
    name: "does not try again after a reset, such as that of a dead connection",
    file: "functions/aws/json-client.ts",
    find: "(error as Error).message}`, true)",
    replace: "(error as Error).message}`, false)",
  },
  {
    name: "tries again without a pause",
    file: "functions/aws/json-client.ts",
    find: "return Math.random() * Math.min(",
    replace: "return 0 * Math.min(",
  },
  {
    name: "pauses so long that there is no second attempt",
    file: "functions/aws/json-client.ts",
    find: "return Math.random() * Math.min(",
    replace: "return 1_000 + Math.min(",
  },
  {
    name: "gives up when it is throttled",
    file: "functions/aws/aws-error.ts",
    find: "/Throttl|Throughput|",
    replace: "/Throughput|",
  },
  {
    name: "takes a status of 500 or more for permanent",
    file: "functions/aws/aws-error.ts",
    find: "statusCode >= 500 || statusCode === 429 || undefined",
    replace: "statusCode < 500 && undefined",
  },
  {
    name: "leaves the timer of an answered call running",
    file: "functions/aws/http.ts",
    find: "clearTimeout(timer);\n        resolve(",
    replace: "resolve(",
  },
  {
    name: "leaves a request running that it gave up",
    file: "functions/aws/http.ts",
    find: "request.destroy();",
    replace: "",
  },
  {
    name: "starts only when the services answer",
    file: "functions/start-up.ts",
    find: "const WARM_UP_MS = 1_500;",
    replace: "const WARM_UP_MS = 60_000;",
  },
];
