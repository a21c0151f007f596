import { Duration } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { findProblems } from "../../lib/check-settings.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp, synthesise, synthesiseIn } from "../support/stack.ts";

type Props = Partial<TencentChatEventsProps>;

const CERTIFICATE_ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1234";

describe("Invalid properties", () => {
  const domain = { domainName: "callbacks.example.com", certificateArn: CERTIFICATE_ARN };

  test.each<[Props, string | RegExp]>([
    [{ sdkAppId: "x y" }, 'sdkAppId is "x y": expected the Chat app\'s SDKAppID, a number such as 1400000001'],
    [{ sdkAppId: undefined as unknown as string }, "sdkAppId is missing: expected the Chat app's SDKAppID"],
    [{ clockSkewSeconds: 1.5 }, "clockSkewSeconds is 1.5: expected a whole number of seconds from 0 to 86400"],
    [{ clockSkewSeconds: -1 }, "clockSkewSeconds is -1: expected a whole number of seconds from 0 to 86400"],
    [
      { tokenOverlap: Duration.millis(1_500) },
      "tokenOverlap is 1 second 500 millis: expected a whole number of seconds",
    ],
    [{ allowedSourceCidrs: ["all"] }, "allowedSourceCidrs is [\"all\"]: 'all' is neither an address nor a CIDR"],
    [{ allowedSourceCidrs: [] }, "allowedSourceCidrs is []: expected at least one address or CIDR, or no list"],
    [{ authentication: "none", allowedSourceCidrs: [] }, /^allowedSourceCidrs is \[\]: [^\n]*$/],
    [
      { authentication: "none" },
      /^authentication is "none": .*Set allowedSourceCidrs.* or acceptUnauthenticated=true to accept the risk$/,
    ],
    [
      { authentication: "none", acceptUnauthenticated: false },
      /^authentication is "none": .*Set allowedSourceCidrs.* or acceptUnauthenticated=true to accept the risk$/,
    ],
    [{ authentication: "none", allowedSourceCidrs: "all" as never }, /^allowedSourceCidrs is "all": [^\n]*$/],
    [{ authentication: "None" as "none" }, 'authentication is "None": expected token or none'],
    [
      { authentication: "none", allowedSourceCidrs: ["203.0.113.7", "::/0"] },
      /authentication is "none".*Set allowedSourceCidrs/,
    ],
    [
      { acceptUnauthenticated: true },
      "acceptUnauthenticated is true: it has no effect without authentication=none. Set that, or leave out",
    ],
    [{ clockSkewSeconds: 86_401 }, "clockSkewSeconds is 86401: expected a whole number of seconds"],
    [{ memorySize: 64 }, "memorySize is 64: expected a whole number of megabytes from 128 to 10240"],
    [{ retention: Duration.days(1) }, "retention is 1 day: expected 3 or 7 days"],
    [{ retention: Duration.hours(84) }, "retention is 3 days 12 hours: expected 3 or 7 days"],
    [{ throttle: { rateLimit: 0, burstLimit: 1 } }, "throttle.rateLimit is 0: expected a whole number of callbacks"],
    [{ throttle: { rateLimit: 1, burstLimit: 0 } }, "throttle.burstLimit is 0: expected a whole number of callbacks"],
    [
      { reservedConcurrentExecutions: 0 },
      "reservedConcurrentExecutions is 0: expected a whole number of concurrent executions, at least 1",
    ],
    [{ alarmOnSilence: Duration.minutes(90) }, "alarmOnSilence is 1 hour 30 minutes: expected a whole number of hours"],
    [
      { alarmOnSilence: Duration.hours(0) },
      "alarmOnSilence is 0 hours: expected a whole number of hours from 1 to 168",
    ],
    [{ alarmOnSilence: Duration.hours(169) }, "alarmOnSilence is 7 days 1 hour: expected a whole number of hours from"],
    [{ deployment: "slowly" as "linear" }, 'deployment is "slowly": expected canary, linear or forced'],
    [
      { visibilityTimeout: Duration.hours(13) },
      "visibilityTimeout is 13 hours: expected a whole number of seconds from 1",
    ],
    [{ republishConcurrency: 1 }, "republishConcurrency is 1: expected a whole number of environments from 2 to 60"],
    [{ republishConcurrency: 61 }, "republishConcurrency is 61: expected a whole number of environments from 2 to 60"],
    [{ footprint: "tiny" as "small" }, 'footprint is "tiny": expected full or small'],
    [
      {
        footprint: "small",
        alarmEmail: "operator@example.com",
        runbookUrl: "https://wiki.example.com",
        deployment: "linear",
      },
      /^alarmEmail is .*: it has no effect with footprint=small. Leave it out.*\nrunbookUrl is .*\ndeployment is "linear": it has no effect/,
    ],
    [
      { allowedSourceCidrs: Array.from({ length: 320 }, (_, index) => `203.0.${index >> 8}.${index & 255}`) },
      /^allowedSourceCidrs is "\d{4} bytes": .* have \d{4} bytes together, .* room for 2900\. Merge addresses into CIDRs/,
    ],
    [{ alarmEmail: "operator" }, 'alarmEmail is "operator": expected a mail address'],
    [
      { runbookUrl: "docs/runbook.md" },
      'runbookUrl is "docs/runbook.md": expected an https URL of at most 500 characters',
    ],
    [{ runbookUrl: "http://wiki.example.com" }, 'runbookUrl is "http://wiki.example.com": expected an https URL'],
    [
      { runbookUrl: "https://wiki.example.com/chat#top" },
      'runbookUrl is "https://wiki.example.com/chat#top": expected an https URL of at most 500 characters without a fragment',
    ],
    [{ runbookUrl: `https://${"a".repeat(493)}` }, "expected an https URL of at most 500 characters"],
    [{ domain: { ...domain, domainName: "https://a.b" } }, 'domain.domainName is "https://a.b": expected a name'],
    [{ domain: { ...domain, certificateArn: "mine" } }, 'domain.certificateArn is "mine": expected the ARN'],
    [
      { sdkAppId: "", clockSkewSeconds: Number.NaN },
      /^sdkAppId is "": expected .*\nclockSkewSeconds is NaN: expected a whole number/,
    ],
  ])("%j is refused by name, with the way out", (props, message) => {
    expect(() => synthesise(props)).toThrow(message);
  });

  /** 100 addresses have 1,199 bytes, the URL 36, the commands to relay 19; 40 commands to forward have 1,646, or more. */
  const longSettings = (more: number): Props => ({
    allowedSourceCidrs: Array<string>(100).fill("203.0.113.1"),
    forward: [...Array<string>(39).fill(`C2C.${"a".repeat(36)}`), `C2C.${"a".repeat(43 + more)}`],
    relayUrl: "https://chat.example.com/callbacks/1",
    relayCommands: ["C2C.*", "Group.*", "Sns.*"],
  });

  test("lists and the handler's URL may have 2,900 bytes together, and the longest is refused if they have more", () => {
    expect(findProblems({ sdkAppId: "1400000001", ...longSettings(0) })).toEqual([]);
    expect(findProblems({ sdkAppId: "1400000001", ...longSettings(1) })).toEqual([
      { property: "forward", value: "1647 bytes", message: expect.stringContaining("have 2901 bytes together") },
    ]);
  });

  test("alarmEmail with alarmTopic is refused, as the topic may not be ours to subscribe to", () => {
    const synthesiseBoth = () =>
      synthesiseIn((stack) => ({ alarmTopic: new Topic(stack, "Mine"), alarmEmail: "operator@example.com" }));
    expect(synthesiseBoth).toThrow(
      'alarmEmail is "operator@example.com": it cannot be combined with alarmTopic. Subscribe the address to your topic',
    );
  });
});

test("authentication=none and IPv6 addresses cause a warning, the defaults cause none", () => {
  const warnings = (props: Props) => {
    const stack = new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props });
    return Annotations.fromStack(stack).findWarning("*", Match.anyValue());
  };
  expect(warnings({})).toEqual([]);
  expect(warnings({ authentication: "none", acceptUnauthenticated: true })).toMatchObject([
    { entry: { data: expect.stringContaining("callbacks are accepted without Tencent's signature") } },
  ]);
  expect(warnings({ allowedSourceCidrs: ["203.0.113.7", "2001:db8::/32"] })).toMatchObject([
    {
      entry: { data: expect.stringContaining("2001:db8::/32 will never match, as the API can only be reached over") },
    },
  ]);
});
