import { type Annotations, Token } from "aws-cdk-lib";
import { createForwarding } from "../events/forwarding.ts";
import { parseSourceAddresses } from "../functions/source-addresses.ts";
import { isBeforeCallback } from "../tencent/commands.ts";
import { DEPLOYMENT_STRATEGIES } from "./deployment.ts";
import { warnOfUnknown } from "./forwarding.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/**
 * What queues, archives and logs can all do, in days; a queue keeps a message for 14 at most. Less than three would be over
 * before anybody has looked at what could not be republished for a day.
 */
const RETENTION_DAYS = [3, 5, 7, 14];

/** A day: more would let who has seen a signed URL send callbacks for longer than anybody looks. */
export const LONGEST_CLOCK_SKEW = 86_400;

/** As far back as an alarm of CloudWatch with periods of an hour looks. */
export const LONGEST_SILENCE_HOURS = 168;

/** What looks like a mail address. */
export const MAIL_ADDRESS = /^[^@\s]+@[^@\s]+$/;
/** What looks like a domain name. */
export const DOMAIN_NAME = /^([a-z0-9-]+\.)+[a-z]+$/i;
/** What looks like the ARN of a certificate. */
export const CERTIFICATE_ARN = /^arn:[\w-]+:acm:/;

/**
 * Checks what the types can't.
 *
 * @throws {Error} naming every property that is wrong or contradicts another, and the way out
 */
export function checkProps(props: TencentChatEventsProps): void {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => holds || problems.push(problem);
  const wholeNumber = (name: string, value: number | undefined, example: string, least = 0, most = Infinity) =>
    expect(
      value === undefined || Token.isUnresolved(value) || (Number.isInteger(value) && value >= least && value <= most),
      `${name} is ${value}: expected a whole number${example}`,
    );

  const { sdkAppId, authentication, allowedSourceCidrs, deployment, retention, alarmOnSilence, domain } = props;
  expect(
    Token.isUnresolved(sdkAppId) || /^[1-9][0-9]*$/.test(sdkAppId),
    `sdkAppId is '${sdkAppId}': expected the Chat app's SDKAppID, a number such as 1400000001`,
  );
  wholeNumber(
    "clockSkewSeconds",
    props.clockSkewSeconds,
    ` of seconds, such as 60, and at most ${LONGEST_CLOCK_SKEW}`,
    0,
    LONGEST_CLOCK_SKEW,
  );
  wholeNumber("memorySize", props.memorySize, " of megabytes from 128 to 10240", 128, 10_240);
  wholeNumber("throttle.rateLimit", props.throttle?.rateLimit, " of callbacks a second, at least 1", 1);
  wholeNumber("throttle.burstLimit", props.throttle?.burstLimit, " of callbacks, at least 1", 1);
  wholeNumber("reservedConcurrentExecutions", props.reservedConcurrentExecutions, ", at least 1", 1);
  if (allowedSourceCidrs?.length === 0) {
    problems.push("allowedSourceCidrs is empty: expected at least one address or CIDR, or no such property for any");
  } else if (allowedSourceCidrs !== undefined && !Token.isUnresolved(allowedSourceCidrs)) {
    try {
      parseSourceAddresses(allowedSourceCidrs.join(","));
    } catch (error) {
      problems.push(`allowedSourceCidrs: ${(error as Error).message}`);
    }
  }
  if (props.forward !== undefined) {
    try {
      createForwarding(props.forward);
    } catch (error) {
      problems.push(`forward: ${(error as Error).message}`);
    }
  }
  expect(
    authentication === undefined || authentication === "token" || authentication === "none",
    `authentication is '${authentication}': expected token or none`,
  );
  const allowsEverybody = allowedSourceCidrs === undefined || allowedSourceCidrs.some((cidr) => cidr.endsWith("/0"));
  expect(
    authentication !== "none" || !allowsEverybody || props.acceptUnauthenticated === true,
    "authentication is 'none', which lets anybody who knows the URL send events: expected allowedSourceCidrs with the " +
      "addresses callbacks come from, or acceptUnauthenticated=true if that is what you want",
  );
  expect(
    authentication === "none" || props.acceptUnauthenticated !== true,
    "acceptUnauthenticated is true, but authentication is 'token': leave one of them out",
  );
  expect(
    retention === undefined || RETENTION_DAYS.includes(retention.toDays({ integral: false })),
    `retention is ${retention?.toHumanString()}: expected ${RETENTION_DAYS.join(", ")} days, which queues, archives and logs can all do`,
  );
  const silentHours = alarmOnSilence?.toHours({ integral: false });
  expect(
    silentHours === undefined ||
      (Number.isInteger(silentHours) && silentHours >= 1 && silentHours <= LONGEST_SILENCE_HOURS),
    `alarmOnSilence is ${alarmOnSilence?.toHumanString()}: expected 1 to ${LONGEST_SILENCE_HOURS} whole hours`,
  );
  expect(
    deployment === undefined || DEPLOYMENT_STRATEGIES.includes(deployment),
    `deployment is '${deployment}': expected ${DEPLOYMENT_STRATEGIES.join(", ")}`,
  );
  expect(
    props.alarmTopic === undefined || props.alarmEmail === undefined,
    "alarmEmail is given beside alarmTopic: subscribe the address to your topic instead",
  );
  expect(
    props.alarmEmail === undefined || Token.isUnresolved(props.alarmEmail) || MAIL_ADDRESS.test(props.alarmEmail),
    `alarmEmail is '${props.alarmEmail}': expected a mail address`,
  );
  if (domain) {
    expect(
      Token.isUnresolved(domain.domainName) || DOMAIN_NAME.test(domain.domainName),
      `domain.domainName is '${domain.domainName}': expected a name such as callbacks.example.com`,
    );
    expect(
      Token.isUnresolved(domain.certificateArn) || CERTIFICATE_ARN.test(domain.certificateArn),
      `domain.certificateArn is '${domain.certificateArn}': expected the ARN of a certificate in ACM, in the stack's region`,
    );
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

/** Says what is allowed, and better known, where whoever synthesises can see it. */
export function warnOfProps(annotations: Annotations, { authentication, forward = [] }: TencentChatEventsProps): void {
  if (authentication === "none") {
    annotations.addWarningV2(
      "tencent-chat-events:unauthenticated",
      "authentication is 'none': callbacks are accepted without Tencent's signature, and metadata.authentication says so",
    );
  }
  for (const command of forward.filter(isBeforeCallback)) {
    annotations.addWarningV2(
      "tencent-chat-events:before-callback",
      `forward: users wait until the event of ${command} is stored, up to 1.6 seconds and a cold start`,
    );
  }
  warnOfUnknown(annotations, "forward", forward);
}
