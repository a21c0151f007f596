import type { Duration } from "aws-cdk-lib";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { FunctionSettings } from "./bundled-function.ts";
import type { DeploymentStrategy } from "./deployment.ts";
import type { Destination } from "./destination.ts";
import type { CallbackDomain, Throttle } from "./endpoint.ts";

/** Properties of `TencentChatEvents`. */
export interface TencentChatEventsProps extends FunctionSettings {
  /** The Chat app's SDKAppID: callbacks of other apps are refused. */
  readonly sdkAppId: string;
  /**
   * Where events go.
   *
   * @default Destination.fifoQueue()
   */
  readonly destination?: Destination | undefined;
  /**
   * What becomes an event beside the read report: Tencent's commands, families such as `C2C.*`, or `*` for every
   * callback. Before-callbacks only if they are named themselves, as users wait until such an event is stored.
   *
   * @default nothing
   */
  readonly forward?: readonly string[] | undefined;
  /**
   * `token` demands Tencent's signature. `none` accepts anybody who knows the URL, so it wants `allowedSourceCidrs` or
   * `acceptUnauthenticated` beside it.
   *
   * @default "token"
   */
  readonly authentication?: "token" | "none" | undefined;
  /**
   * Confirms that `authentication` is meant to be `none` for callers from anywhere.
   *
   * @default false
   */
  readonly acceptUnauthenticated?: boolean | undefined;
  /**
   * The addresses callbacks may come from: IPv4 and IPv6 addresses or CIDRs.
   *
   * @default any
   */
  readonly allowedSourceCidrs?: readonly string[] | undefined;
  /**
   * How far a callback's `RequestTime` may lie from now, either way, in seconds.
   *
   * @default 60
   */
  readonly clockSkewSeconds?: number | undefined;
  /**
   * How long the previous token is accepted after a new one was put into the secret, in whole seconds.
   *
   * @default 24 hours
   */
  readonly tokenOverlap?: Duration | undefined;
  /**
   * Whether events hold the address of the client that read the message, or did what else the callback tells.
   *
   * @default true
   */
  readonly includeClientIp?: boolean | undefined;
  /**
   * How long queues, archive and logs keep what they have: 3, 5, 7 or 14 days.
   *
   * @default 14 days, the longest a queue can
   */
  readonly retention?: Duration | undefined;
  /**
   * How many callbacks are let through, to limit what an attack can cost.
   *
   * @default 2,000 a second, and 4,000 at a time
   */
  readonly throttle?: Throttle | undefined;
  /**
   * How many environments the callback function may have at a time, reserved for it from the account's concurrency.
   *
   * @default none reserved: it shares the account's
   */
  readonly reservedConcurrentExecutions?: number | undefined;
  /**
   * A domain name of your own for the callback URL.
   *
   * @default the API's own
   */
  readonly domain?: CallbackDomain | undefined;
  /**
   * How callbacks move to a new version of the function: `canary`, `linear`, `all-at-once`, or `forced`, which heeds no
   * alarm.
   *
   * @default "canary": a tenth of them, and after five minutes the rest
   */
  readonly deployment?: DeploymentStrategy | undefined;
  /**
   * The topic that alarms are published to; its policy, and its key's, have to let CloudWatch in.
   *
   * @default a new one
   */
  readonly alarmTopic?: ITopic | undefined;
  /**
   * An address that gets the alarms by mail, after confirming it.
   *
   * @default none
   */
  readonly alarmEmail?: string | undefined;
  /**
   * After how long without any genuine callback there is an alarm: 1 to 168 whole hours.
   *
   * @default never, as some apps are quiet at night
   */
  readonly alarmOnSilence?: Duration | undefined;
  /**
   * Whether the log has a line for each event that was stored.
   *
   * @default false: they cost more than the rest of the log
   */
  readonly logEvents?: boolean | undefined;
}
