import { Duration } from "aws-cdk-lib";
import { Architecture, SystemLogLevel } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { flag, oneOf, text, wholeNumber } from "../functions/kinds.ts";
import { DEFAULT_CONCURRENCY, MAX_CONCURRENCY } from "../functions/republish/pace.ts";
import { FUNCTION_SETTINGS, type Setting } from "../functions/settings.ts";
import { DEPLOYMENT_STRATEGIES } from "./deployment.ts";
import { Destination } from "./destination.ts";
import type { CallbackDomain, Throttle } from "./endpoint.ts";
import { duration, type Group, group, isGroup, namedObject, object } from "./kinds.ts";
import { RETENTION_DAYS } from "./retention.ts";

/** Settings that the functions do not read, or that have another type in CDK. {@link Setting} explains the docstrings. */
export const CONSTRUCT_SETTINGS = {
  /**
   * Where events go. The command line takes `queue` or `bus`. In code, the queue or bus may also be an existing one.
   *
   * @default Destination.fifoQueue()
   * @cost per million events: FIFO queue $0.50, standard queue $0.50, bus $1.00, with its queue $0.40 and archive $0.11
   */
  destination: {
    kind: namedObject({ queue: Destination.fifoQueue(), bus: Destination.eventBus() }, "bind"),
    default: Destination.fifoQueue(),
  },
  /**
   * Confirms that anyone who knows the URL may send events, with `authentication` set to `none`.
   *
   * @default false
   */
  acceptUnauthenticated: { kind: flag, default: false },
  /**
   * How long the previous token is accepted after a new one was stored in the secret, in whole seconds.
   *
   * @default 1 day
   */
  tokenOverlap: {
    ...FUNCTION_SETTINGS.tokenOverlapSeconds,
    kind: duration("seconds", FUNCTION_SETTINGS.tokenOverlapSeconds.kind, "hours"),
    // Hours for people; the functions, and CDK's durations, count seconds.
    key: "tokenOverlapHours",
    default: Duration.seconds(FUNCTION_SETTINGS.tokenOverlapSeconds.default),
  },
  /**
   * How long queues keep an event: 3 or 7 days. Dead letters, archive and logs are kept for 7 or 14 days.
   *
   * @default 7 days
   * @cost cents for storage
   */
  retention: {
    // Fewer days would leave no time to look at an event that could not be republished for a day.
    kind: duration("days", oneOf(RETENTION_DAYS, "days")),
    key: "retentionDays",
    default: Duration.days(7),
    knownAtSynthesis: true,
  },
  /**
   * How long an event stays hidden once a consumer has received it: at least a Lambda consumer's timeout, or AWS refuses it, and
   * better six times that.
   *
   * @default 3 minutes
   */
  visibilityTimeout: {
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    kind: duration("seconds", wholeNumber("seconds", 1, 43_200)),
    key: "visibilityTimeoutSeconds",
    default: Duration.seconds(180),
  },
  /**
   * How many environments republish events from standby at a time: 2 to 60. With a concurrency quota of 10, choose 2.
   *
   * @default 5
   */
  republishConcurrency: {
    // Lambda's own minimum is 2.
    kind: wholeNumber("environments", 2, MAX_CONCURRENCY),
    default: DEFAULT_CONCURRENCY,
    knownAtSynthesis: true,
  },
  /**
   * How many callbacks API Gateway lets through. It answers more with 429, and their events are lost.
   *
   * @default 2,000 a second, 4,000 at once
   * @cost limits [the cost of an attack](cost.md#an-attack)
   */
  throttle: {
    kind: group<Throttle>({
      rateLimit: { kind: wholeNumber("callbacks a second", 1), key: "throttleRateLimit" },
      burstLimit: { kind: wholeNumber("callbacks", 1), key: "throttleBurstLimit" },
    }),
    // Far above what ordinary apps send, and below an account's quota: 10,000 a second and a burst of 5,000, but 2,500 and
    // 1,250 in 13 regions (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
    default: { rateLimit: 2_000, burstLimit: 4_000 },
  },
  /**
   * How much of the account's concurrency is reserved for the callback function, and its limit. 100 must remain unreserved.
   *
   * @default none
   */
  reservedConcurrentExecutions: { kind: wholeNumber("concurrent executions", 1) },
  /**
   * Memory of each function in MB, which also decides its share of a CPU. With 128, a cold start exceeds Tencent's two seconds.
   *
   * @default 256
   * @cost about $0.05 per million events
   */
  memorySize: { kind: wholeNumber("megabytes", 128, 10_240), default: 256 },
  /**
   * The functions' processors: `arm64` or `x86_64`.
   *
   * @default arm64
   * @cost `x86_64`: a quarter more for the functions
   */
  architecture: {
    kind: namedObject({ arm64: Architecture.ARM_64, x86_64: Architecture.X86_64 }, "name"),
    default: Architecture.ARM_64,
  },
  /**
   * The lowest level of Lambda's own log lines that are kept. `INFO` adds several lines for each invocation.
   *
   * @default WARN
   * @cost `INFO`: about $0.20 per million events
   */
  systemLogLevel: { kind: oneOf(Object.values(SystemLogLevel)), default: SystemLogLevel.WARN },
  /**
   * Your own domain for the callback URL, with a certificate in ACM in the stack's region. Its DNS record must point at
   * `domainTarget`.
   *
   * @default API Gateway's domain
   */
  domain: {
    kind: group<CallbackDomain>({
      domainName: { kind: text("a name such as callbacks.example.com", /^([a-z0-9-]+\.)+[a-z]+$/i), key: "domainName" },
      certificateArn: {
        kind: text("the ARN of a certificate in ACM, in the stack's region", /^arn:[\w-]+:acm:/),
        key: "certificateArn",
      },
    }),
  },
  /**
   * How callbacks move to a new version of the function: `canary`, `linear`, or `forced`, which moves all at once, unchecked.
   *
   * @default canary
   */
  deployment: { kind: oneOf(DEPLOYMENT_STRATEGIES), default: "canary", knownAtSynthesis: true },
  /**
   * `small` leaves out alarms, dashboard, metrics and step-by-step deployment, for tests and apps with little traffic. All that
   * prevents loss stays.
   *
   * @default full
   * @cost `small` saves nearly all monthly costs
   */
  footprint: { kind: oneOf(["full", "small"]), default: "full", knownAtSynthesis: true },
  /**
   * An SNS topic for the alarms. Its policy, and its key's policy, must allow `cloudwatch.amazonaws.com` to publish.
   *
   * @default a new topic
   */
  alarmTopic: { kind: object<ITopic>("an SNS topic", "topicArn") },
  /**
   * A mail address for the alarms. AWS asks it for confirmation first.
   *
   * @default none
   */
  alarmEmail: { kind: text("a mail address", /^[^@\s]+@[^@\s]+$/) },
  /**
   * The URL of your runbook, which alarms and the dashboard link: a copy of `docs/runbook.md` with the same headings.
   *
   * @default alarms name `docs/runbook.md`, which is no link in a mail
   */
  runbookUrl: {
    // An alarm's description has room for 1,024 characters (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
    kind: text(
      "an https URL of at most 500 characters without a fragment, such as https://wiki.example.com/chat",
      /^https:\/\/[^\s#]{1,492}$/,
    ),
  },
  /**
   * Raises an alarm after 1 to 168 hours without a genuine callback. Choose more than your quietest night.
   *
   * @default never
   * @cost $0.10 a month
   */
  alarmOnSilence: {
    // With periods of an hour, a CloudWatch alarm looks back at most a week.
    kind: duration("hours", wholeNumber("hours", 1, 168)),
    key: "alarmOnSilenceHours",
    knownAtSynthesis: true,
  },
} as const satisfies Record<string, Setting>;

const { tokenOverlapSeconds: _, ...functionSettings } = FUNCTION_SETTINGS;

/** The construct's settings, by the property's name. */
export const SETTINGS: Readonly<Record<string, Setting>> = { ...functionSettings, ...CONSTRUCT_SETTINGS };

/** One value of a setting: the setting itself, or a property of its {@link Group}. */
export interface Input extends Pick<Setting, "kind" | "required" | "knownAtSynthesis"> {
  /** The setting's name, and the property's if it is a group. */
  readonly path: readonly [name: string, field?: string];
  /** Its key on the command line. */
  readonly key: string;
}

/** Lists the values that settings consist of. */
export function inputsOf(settings: Readonly<Record<string, Setting>>): Input[] {
  return Object.entries(settings).flatMap(([name, { kind, key = name, ...setting }]): Input[] =>
    isGroup(kind)
      ? Object.entries(kind.fields).map(([field, input]) => ({ ...input, path: [name, field] }))
      : [{ ...setting, kind, key, path: [name] }],
  );
}
