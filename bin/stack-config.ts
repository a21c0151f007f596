import { Duration } from "aws-cdk-lib";
import { Architecture, SystemLogLevel } from "aws-cdk-lib/aws-lambda";
import { closestMatch } from "leven";
import * as v from "valibot";
import { createForwarding } from "../events/forwarding.ts";
import { parseSourceAddresses } from "../functions/source-addresses.ts";
import {
  CERTIFICATE_ARN,
  DOMAIN_NAME,
  LONGEST_CLOCK_SKEW,
  LONGEST_SILENCE_HOURS,
  MAIL_ADDRESS,
} from "../lib/check-props.ts";
import { DEPLOYMENT_STRATEGIES } from "../lib/deployment.ts";
import { Destination } from "../lib/destination.ts";
import type { TencentChatEventsStackProps } from "../lib/tencent-chat-events-stack.ts";

/** `-c key=value` gives strings, `cdk.json` whatever was written there. */
const text = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], "expected one value, not a list or an object"),
  v.transform(String),
);

const integer = (message: string, least = 0, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(
    text,
    v.regex(/^[0-9]+$/, message),
    v.transform(Number),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
const boolean = v.pipe(
  text,
  v.picklist(["true", "false"], "expected true or false"),
  v.transform((value) => value === "true"),
);
const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.pipe(text, v.picklist(options, `expected ${options.join(" or ")}`));

/** A list, or text separated by commas, that passes the function's own check. */
const list = (check: (entries: string[]) => unknown, expectation: string) =>
  v.pipe(
    v.union(
      [
        v.pipe(
          v.array(v.string()),
          v.transform((entries) => entries.join(",")),
        ),
        text,
      ],
      "expected a list, or text separated by commas",
    ),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const entries = dataset.value.split(",").map((entry) => entry.trim());
      try {
        check(entries);
      } catch (error) {
        addIssue({ message: `${(error as Error).message}: expected ${expectation}, separated by commas` });
        return NEVER;
      }
      return entries;
    }),
  );

const configSchema = v.strictObject({
  sdkAppId: v.pipe(text, v.regex(/^[1-9][0-9]*$/, "expected the Chat app's SDKAppID, a number such as 1400000001")),
  destination: v.optional(oneOf("queue", "bus"), "queue"),
  queueType: v.optional(oneOf("fifo", "standard")),
  forward: v.optional(list(createForwarding, "commands and families")),
  authentication: v.optional(oneOf("token", "none")),
  clockSkewSeconds: v.optional(
    integer(`expected a whole number of seconds, such as 60, and at most ${LONGEST_CLOCK_SKEW}`, 0, LONGEST_CLOCK_SKEW),
  ),
  allowedSourceCidrs: v.optional(list((entries) => parseSourceAddresses(entries.join(",")), "addresses or CIDRs")),
  acceptUnauthenticated: v.optional(boolean),
  tokenOverlapHours: v.optional(integer("expected a whole number of hours, such as 24")),
  includeClientIp: v.optional(boolean),
  retentionDays: v.optional(v.pipe(oneOf("3", "5", "7", "14"), v.transform(Number))),
  throttleRateLimit: v.optional(integer("expected a whole number of callbacks a second, such as 2000", 1)),
  throttleBurstLimit: v.optional(integer("expected a whole number of callbacks, such as 4000", 1)),
  reservedConcurrentExecutions: v.optional(integer("expected a whole number of environments, such as 100", 1)),
  domainName: v.optional(v.pipe(text, v.regex(DOMAIN_NAME, "expected a name such as callbacks.example.com"))),
  certificateArn: v.optional(v.pipe(text, v.regex(CERTIFICATE_ARN, "expected the ARN of a certificate in ACM"))),
  deployment: v.optional(oneOf(...DEPLOYMENT_STRATEGIES)),
  alarmEmail: v.optional(v.pipe(text, v.regex(MAIL_ADDRESS, "expected a mail address"))),
  alarmOnSilenceHours: v.optional(
    integer(`expected a whole number of hours from 1 to ${LONGEST_SILENCE_HOURS}`, 1, LONGEST_SILENCE_HOURS),
  ),
  logEvents: v.optional(boolean),
  memorySize: v.optional(integer("expected a whole number of megabytes from 128 to 10240", 128, 10_240)),
  architecture: v.optional(oneOf("arm64", "x86_64")),
  systemLogLevel: v.optional(oneOf(...(Object.values(SystemLogLevel) as [SystemLogLevel]))),
  terminationProtection: v.optional(boolean),
});

/** Settings that only make sense together. */
const PAIRS = [
  ["throttleRateLimit", "throttleBurstLimit"],
  ["domainName", "certificateArn"],
] as const satisfies readonly (readonly [keyof Config, keyof Config])[];

type Config = v.InferOutput<typeof configSchema>;

const DESTINATIONS = {
  fifo: Destination.fifoQueue,
  standard: Destination.standardQueue,
  bus: Destination.eventBus,
};

/** A configuration key that is missing or wrong. */
export interface ConfigProblem {
  readonly key: string;
  /** What is wrong and what is expected, to be read after the key. */
  readonly message: string;
}

/** Thrown when the configuration is wrong; the message names every wrong key, its value and what is expected. */
export class StackConfigError extends Error {
  override readonly name = "StackConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(["The configuration is wrong:", ...problems.map(({ key, message }) => `  ${key} ${message}`)].join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads the stack's configuration.
 *
 * @param values by key, as text or as what they mean; absent ones take their default
 * @throws {StackConfigError} naming all problems at once
 */
export function readConfig(values: Readonly<Record<string, unknown>>): TencentChatEventsStackProps {
  const result = v.safeParse(configSchema, values);
  if (!result.success) throw new StackConfigError(result.issues.map((issue) => explainIssue(issue, values)));
  const problems = findContradictions(result.output);
  if (problems.length > 0) throw new StackConfigError(problems);
  return toProps(result.output);
}

function explainIssue(
  issue: v.InferIssue<typeof configSchema>,
  values: Readonly<Record<string, unknown>>,
): ConfigProblem {
  const key = String(issue.path?.[0].key);
  const value = values[key];
  if (!Object.hasOwn(configSchema.entries, key)) {
    const keys = Object.keys(configSchema.entries);
    const message = `is not a setting: did you mean ${closestMatch(key, keys)}? The settings are ${keys.join(", ")}`;
    return { key, message };
  }
  if (value === undefined) return { key, message: `is missing: set it with -c ${key}=VALUE` };
  return { key, message: `is ${JSON.stringify(value)}: ${issue.message}` };
}

function findContradictions(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = PAIRS.flatMap(([one, other]) => {
    if ((config[one] === undefined) === (config[other] === undefined)) return [];
    const [given, missing] = config[one] === undefined ? [other, one] : [one, other];
    return [{ key: missing, message: `is missing beside ${given}: set both, or none of them` }];
  });
  if (config.destination === "bus" && config.queueType !== undefined) {
    const message = `is ${JSON.stringify(config.queueType)}: leave it out with a bus, whose queue is a standard one`;
    problems.push({ key: "queueType", message });
  }
  return problems;
}

function toProps(config: Config): TencentChatEventsStackProps {
  const { destination, queueType, throttleRateLimit, throttleBurstLimit, domainName, certificateArn, ...rest } = config;
  const { tokenOverlapHours, retentionDays, alarmOnSilenceHours, architecture, terminationProtection, ...props } = rest;
  return {
    ...props,
    destination: DESTINATIONS[destination === "bus" ? "bus" : (queueType ?? "fifo")](),
    ...(tokenOverlapHours !== undefined && { tokenOverlap: Duration.hours(tokenOverlapHours) }),
    ...(retentionDays !== undefined && { retention: Duration.days(retentionDays) }),
    ...(alarmOnSilenceHours !== undefined && { alarmOnSilence: Duration.hours(alarmOnSilenceHours) }),
    ...(throttleRateLimit !== undefined &&
      throttleBurstLimit !== undefined && {
        throttle: { rateLimit: throttleRateLimit, burstLimit: throttleBurstLimit },
      }),
    ...(domainName !== undefined && certificateArn !== undefined && { domain: { domainName, certificateArn } }),
    ...(architecture && { architecture: architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64 }),
    ...(terminationProtection !== undefined && { terminationProtection }),
  };
}
