import { Duration } from "aws-cdk-lib";
import { Architecture, SystemLogLevel } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { readConfig, STACK_SETTINGS } from "../../../bin/shared/stack-config.ts";
import { Destination } from "../../../lib/destination.ts";
import { inputsOf, SETTINGS } from "../../../lib/settings.ts";

describe("The configuration", () => {
  test("needs only the SDKAppID", () => {
    expect(readConfig({ sdkAppId: "1400000001" })).toEqual({ sdkAppId: "1400000001" });
  });

  test("may come as text from the command line or as JSON from cdk.json", () => {
    const expected = { sdkAppId: "20000001", clockSkewSeconds: 300, logEvents: true };
    expect(readConfig({ sdkAppId: "20000001", clockSkewSeconds: "300", logEvents: "true" })).toEqual(expected);
    expect(readConfig({ sdkAppId: 20000001, clockSkewSeconds: 300, logEvents: true })).toEqual(expected);
  });

  test.each([["203.0.113.0/24, 2001:db8::/32"], [["203.0.113.0/24", "2001:db8::/32"]]])(
    "takes source addresses as %j",
    (allowedSourceCidrs) => {
      expect(readConfig({ sdkAppId: "1", allowedSourceCidrs })).toMatchObject({
        allowedSourceCidrs: ["203.0.113.0/24", "2001:db8::/32"],
      });
    },
  );

  test.each([["C2C.*, State.StateChange"], [["C2C.*", "State.StateChange"]]])(
    "takes forwarded commands as %j",
    (forward) => {
      expect(readConfig({ sdkAppId: "1", forward })).toMatchObject({ forward: ["C2C.*", "State.StateChange"] });
    },
  );

  test.each<[Record<string, string>, object]>([
    [{ sdkAppId: "20000001" }, { sdkAppId: "20000001" }],
    [{ authentication: "token" }, { authentication: "token" }],
    [{ allowedSourceCidrs: "::1" }, { allowedSourceCidrs: ["::1"] }],
    [{ forward: "*" }, { forward: ["*"] }],
    [{ clockSkewSeconds: "0" }, { clockSkewSeconds: 0 }],
    [{ acceptUnauthenticated: "false" }, { acceptUnauthenticated: false }],
    [{ destination: "bus" }, { destination: Destination.eventBus() }],
    [{ destination: "queue" }, { destination: Destination.fifoQueue() }],
    [{ queueType: "fifo" }, {}],
    [{ queueType: "standard" }, { destination: Destination.standardQueue() }],
    [{ destination: "queue", queueType: "standard" }, { destination: Destination.standardQueue() }],
    [{ tokenOverlapHours: "2" }, { tokenOverlap: Duration.hours(2) }],
    [{ retentionDays: "7" }, { retention: Duration.days(7) }],
    [{ alarmOnSilenceHours: "12" }, { alarmOnSilence: Duration.hours(12) }],
    [{ throttleRateLimit: "5", throttleBurstLimit: "7" }, { throttle: { rateLimit: 5, burstLimit: 7 } }],
    [
      { domainName: "a.example", certificateArn: "arn:aws:acm:us-east-1:1:certificate/1" },
      { domain: { domainName: "a.example", certificateArn: "arn:aws:acm:us-east-1:1:certificate/1" } },
    ],
    [{ architecture: "x86_64" }, { architecture: Architecture.X86_64 }],
    [{ systemLogLevel: "INFO" }, { systemLogLevel: SystemLogLevel.INFO }],
    [{ memorySize: "512" }, { memorySize: 512 }],
    [{ reservedConcurrentExecutions: "9" }, { reservedConcurrentExecutions: 9 }],
    [{ includeClientIp: "false" }, { includeClientIp: false }],
    [{ logEvents: "true" }, { logEvents: true }],
    [{ alarmEmail: "me@example.com" }, { alarmEmail: "me@example.com" }],
    [{ deployment: "linear" }, { deployment: "linear" }],
    [{ terminationProtection: "true" }, { terminationProtection: true }],
  ])("converts %j", (values, props) => {
    const { destination, ...rest } = readConfig({ sdkAppId: "1", ...values });
    const { destination: expected, ...others } = props as { destination?: Destination };
    expect(rest).toEqual({ sdkAppId: "1", ...others });
    expect(destination?.constructor).toBe(expected?.constructor);
  });

  const keys = inputsOf({ ...SETTINGS, ...STACK_SETTINGS }).flatMap(({ kind, key }) => (kind.parse ? key : []));

  test.each(keys)("%s is refused by the setting's own rule", (key) => {
    expect(() => readConfig({ sdkAppId: "1", [key]: {} })).toThrow(`${key} is {}: expected`);
  });

  test.each([
    [{}, /sdkAppId is missing: expected the Chat app's SDKAppID, .*\. Set it with -c sdkAppId=VALUE$/],
    [{ sdkAppId: "" }, 'sdkAppId is "": expected the Chat app\'s SDKAppID, a number such as 1400000001'],
    [{ sdkAppId: "app" }, 'sdkAppId is "app": expected the Chat app\'s SDKAppID'],
    [{ queueType: "lifo" }, 'queueType is "lifo": expected fifo or standard'],
    [{ destination: "topic" }, 'destination is "topic": expected queue or bus'],
    [
      { destination: "bus", queueType: "fifo" },
      'queueType is "fifo": leave it out with a bus, whose queue is a standard one',
    ],
    [{ authentication: "basic" }, 'authentication is "basic": expected token or none'],
    [{ clockSkewSeconds: "1.5" }, 'clockSkewSeconds is "1.5": expected a whole number of seconds from 0 to 86400'],
    [{ clockSkewSeconds: "-1" }, 'clockSkewSeconds is "-1": expected a whole number of seconds'],
    [{ allowedSourceCidrs: "all" }, "allowedSourceCidrs is \"all\": 'all' is neither an address nor a CIDR"],
    [{ allowedSourceCidrs: { all: true } }, 'allowedSourceCidrs is {"all":true}: expected a list of strings'],
    [
      { forward: "C2C.*,Group" },
      "forward is \"C2C.*,Group\": 'Group' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as " +
        "C2C.*, nor *",
    ],
    [{ forward: "" }, 'forward is "": an empty name is neither a command'],
    [{ forward: "C2C.*," }, 'forward is "C2C.*,": an empty name is neither a command'],
    [{ forward: true }, "forward is true: expected a list of strings"],
    [{ forward: [1] }, "forward is [1]: expected a list of strings"],
    [{ sdkAppId: ["1"] }, 'sdkAppId is ["1"]: expected the Chat app\'s SDKAppID'],
    [{ retentionDays: ["7"] }, 'retentionDays is ["7"]: expected 3 or 7 days'],
    [{ retentionDays: 2 }, "retentionDays is 2: expected 3 or 7 days"],
    [{ retentionDays: "soon" }, 'retentionDays is "soon": expected 3 or 7 days'],
    [{ tokenOverlapHours: "1.5" }, 'tokenOverlapHours is "1.5": expected a whole number of hours'],
    [
      { throttleRateLimit: 0, throttleBurstLimit: 1 },
      "throttleRateLimit is 0: expected a whole number of callbacks a second",
    ],
    [
      { throttleRateLimit: 5 },
      /throttleBurstLimit is missing: .*, as the rest of throttle is set\. Set it with -c throttleBurstLimit=VALUE$/,
    ],
    [{ certificateArn: "arn:aws:acm:us-east-1:1:certificate/1" }, "domainName is missing: expected a name such as"],
    [
      { domainName: "https://a.b", certificateArn: "arn:aws:acm:" },
      'domainName is "https://a.b": expected a name such as',
    ],
    [
      { domainName: "a.example", certificateArn: "mine" },
      'certificateArn is "mine": expected the ARN of a certificate',
    ],
    [
      { reservedConcurrentExecutions: 0 },
      "reservedConcurrentExecutions is 0: expected a whole number of concurrent executions",
    ],
    [{ deployment: "slow" }, 'deployment is "slow": expected canary, linear or forced'],
    [{ alarmEmail: "me" }, 'alarmEmail is "me": expected a mail address'],
    [{ alarmOnSilenceHours: 169 }, "alarmOnSilenceHours is 169: expected a whole number of hours from 1 to 168"],
    [{ memorySize: 64 }, "memorySize is 64: expected a whole number of megabytes from 128 to 10240"],
    [{ architecture: "x86" }, 'architecture is "x86": expected arm64 or x86_64'],
    [{ systemLogLevel: "ALL" }, 'systemLogLevel is "ALL": expected INFO, DEBUG or WARN'],
    [
      { clockskewSeconds: 30 },
      "clockskewSeconds is not a setting: did you mean clockSkewSeconds? The settings are sdkAppId, authentication,",
    ],
    [{ alarmTopic: "arn:aws:sns:us-east-1:1:topic" }, "alarmTopic is not a setting: did you mean alarmEmail?"],
    [{ acceptUnauthenticated: "yes" }, 'acceptUnauthenticated is "yes": expected true or false'],
    [
      { authentication: "none", allowedSourceCidrs: "0.0.0.0/0" },
      'authentication is "none": anyone who knows the URL could send events',
    ],
  ])("%j is refused: key, value and what is expected", (values, message) => {
    const complete = "sdkAppId" in values || Object.keys(values).length === 0 ? values : { sdkAppId: "1", ...values };
    expect(() => readConfig(complete)).toThrow(message);
  });

  test("is refused with all its problems at once", () => {
    const values = { queueType: "lifo", authentication: "basic", acceptUnauthenticated: "true", colour: "red" };
    expect(() => readConfig(values)).toThrow(
      /^Invalid configuration:\n {2}colour is not a setting\. The settings are .*\n {2}sdkAppId is missing: .*\n {2}authentication is "basic": expected token or none\n {2}acceptUnauthenticated is "true": it has no effect without authentication=none.*\n {2}queueType is "lifo": expected fifo or standard$/,
    );
  });
});
