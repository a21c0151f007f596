import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../functions/environment.ts";

const COMPLETE = {
  SDK_APP_ID: "1400000001",
  TOKEN_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:token",
  QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/queue.fifo",
  STANDBY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/standby",
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
};

describe("The environment", () => {
  test("is read with its defaults", () => {
    expect(readEnvironment(COMPLETE)).toEqual({
      sdkAppId: "1400000001",
      tokenSecretArn: COMPLETE.TOKEN_SECRET_ARN,
      clockSkewSeconds: 60,
      destination: { kind: "queue", queueUrl: COMPLETE.QUEUE_URL },
      standbyQueueUrl: COMPLETE.STANDBY_QUEUE_URL,
      hasMetrics: true,
      allowedSources: undefined,
      forwarding: { has: expect.any(Function) },
      tokenOverlapSeconds: 86_400,
      fairQueue: true,
      relayCommands: ["*"],
      republishConcurrency: undefined,
      includeClientIp: true,
      logEvents: false,
      region: "us-east-1",
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
      endpoints: { SQS: undefined, EVENTBRIDGE: undefined, SECRETS_MANAGER: undefined },
    });
  });

  test("is read with every optional variable", () => {
    const { QUEUE_URL: _, ...rest } = COMPLETE;
    const environment = readEnvironment({
      ...rest,
      EVENT_BUS_NAME: "bus",
      CLOCK_SKEW_SECONDS: "300",
      ALLOWED_SOURCE_CIDRS: "203.0.113.0/24,2001:db8::/32",
      FORWARD: " C2C.* , State.StateChange ",
      TOKEN_OVERLAP_SECONDS: "0",
      INCLUDE_CLIENT_IP: "false",
      LOG_EVENTS: "true",
      METRICS: "none",
      AWS_SESSION_TOKEN: "session",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:2",
    });
    expect(environment).toMatchObject({
      destination: { kind: "bus", eventBusName: "bus" },
      clockSkewSeconds: 300,
      tokenOverlapSeconds: 0,
      includeClientIp: false,
      logEvents: true,
      hasMetrics: false,
      credentials: { sessionToken: "session" },
      endpoints: {
        SQS: "http://127.0.0.1:2",
        EVENTBRIDGE: "http://127.0.0.1:1",
        SECRETS_MANAGER: "http://127.0.0.1:1",
      },
    });
    expect(environment.forwarding.has("State.StateChange")).toBe(true);
    expect(environment.forwarding.has("Group.CallbackAfterSendMsg")).toBe(false);
    expect(environment.allowedSources?.has("203.0.113.9")).toBe(true);
    expect(environment.allowedSources?.has("203.0.114.9")).toBe(false);
  });

  test("is read with a clock skew that synthesis would refuse, as refusing it here would lose callbacks", () => {
    expect(readEnvironment({ ...COMPLETE, CLOCK_SKEW_SECONDS: "999999" }).clockSkewSeconds).toBe(999_999);
  });

  test("needs no secret when callbacks are not authenticated", () => {
    const environment = readEnvironment({ ...COMPLETE, TOKEN_SECRET_ARN: undefined, AUTHENTICATION: "none" });
    expect(environment.tokenSecretArn).toBeUndefined();
  });

  test("is rejected with all its problems in one message", () => {
    expect(() =>
      readEnvironment({ AUTHENTICATION: "maybe", CLOCK_SKEW_SECONDS: "soon", STANDBY_QUEUE_URL: " " }),
    ).toThrow(
      "SDK_APP_ID is missing; AUTHENTICATION is 'maybe': expected token or none; " +
        "CLOCK_SKEW_SECONDS is 'soon': expected a whole number of seconds from 0 to 86400; TOKEN_SECRET_ARN is missing; " +
        "expected exactly one of QUEUE_URL and EVENT_BUS_NAME; STANDBY_QUEUE_URL is missing; AWS_REGION is missing",
    );
  });

  test.each([
    [{ EVENT_BUS_NAME: "bus" }, "expected exactly one of QUEUE_URL and EVENT_BUS_NAME"],
    [{ QUEUE_URL: "queue" }, "QUEUE_URL is not a URL"],
    [{ QUEUE_URL: "localhost:4566/queue" }, "QUEUE_URL is not a URL"],
    [{ STANDBY_QUEUE_URL: "standby" }, "STANDBY_QUEUE_URL is not a URL"],
    [{ STANDBY_QUEUE_URL: "https://sqs/1/standby.fifo" }, "STANDBY_QUEUE_URL is a FIFO queue's"],
    [{ AWS_ENDPOINT_URL_SQS: "here" }, "AWS_ENDPOINT_URL_SQS is not a URL"],
    [{ AWS_ENDPOINT_URL: "localhost:4566" }, /^AWS_ENDPOINT_URL is not a URL: expected https:.*$/],
    [{ CLOCK_SKEW_SECONDS: "-1" }, "CLOCK_SKEW_SECONDS is '-1': expected a whole number of seconds"],
    [{ CLOCK_SKEW_SECONDS: "0x10" }, "CLOCK_SKEW_SECONDS is '0x10': expected a whole number of seconds"],
    [{ CLOCK_SKEW_SECONDS: "1.5" }, "CLOCK_SKEW_SECONDS is '1.5': expected a whole number of seconds"],
    [{ TOKEN_OVERLAP_SECONDS: "a day" }, "TOKEN_OVERLAP_SECONDS is 'a day': expected a whole number of seconds"],
    [{ INCLUDE_CLIENT_IP: "no" }, "INCLUDE_CLIENT_IP is 'no': expected true or false"],
    [{ RELAY_URL: "https://me:secret@" }, /^RELAY_URL is not valid: expected a URL such as [^@]*$/],
    [{ METRICS: "all" }, "METRICS is 'all': expected none"],
    [{ LOG_EVENTS: "yes" }, "LOG_EVENTS is 'yes': expected true or false"],
    [
      { FORWARD: "C2C.*,Group" },
      "FORWARD is 'C2C.*,Group': 'Group' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family",
    ],
    [{ ALLOWED_SOURCE_CIDRS: "::1,all" }, "ALLOWED_SOURCE_CIDRS is '::1,all': 'all' is neither an address nor a CIDR"],
  ])("with %o is rejected, naming the variable", (changes, message) => {
    expect(() => readEnvironment({ ...COMPLETE, ...changes })).toThrow(message);
  });
});
