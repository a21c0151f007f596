import { Annotations, Token } from "aws-cdk-lib";
import type { IEventBus } from "aws-cdk-lib/aws-events";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { parseSourceAddresses } from "../functions/source-addresses.ts";
import { BundledFunction } from "./bundled-function.ts";
import { createStandbyQueue, Destination } from "./destination.ts";
import { Endpoint, type Throttle } from "./endpoint.ts";

/** Properties of {@link TencentChatEvents}. */
export interface TencentChatEventsProps {
  /** The Chat app's SDKAppID: callbacks of other apps are refused. */
  readonly sdkAppId: string;
  /**
   * Where events go.
   *
   * @default Destination.fifoQueue()
   */
  readonly destination?: Destination | undefined;
  /**
   * `token` demands Tencent's signature. `none` accepts anybody who knows the URL, so it wants `allowedSourceCidrs` or
   * `acceptUnauthenticated` beside it.
   *
   * @default "token"
   */
  readonly authentication?: "token" | "none" | undefined;
  /**
   * How far a callback's `RequestTime` may lie from now, either way, in seconds.
   *
   * @default 60
   */
  readonly clockSkewSeconds?: number | undefined;
  /**
   * The addresses callbacks may come from: IPv4 and IPv6 addresses or CIDRs.
   *
   * @default any
   */
  readonly allowedSourceCidrs?: readonly string[] | undefined;
  /**
   * Confirms that `authentication` is meant to be `none` for callers from anywhere.
   *
   * @default false
   */
  readonly acceptUnauthenticated?: boolean | undefined;
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
}

/** Far above what ordinary apps send, far below what an account may use (10,000 a second in most regions). */
const DEFAULT_THROTTLE: Throttle = { rateLimit: 2_000, burstLimit: 4_000 };

/** Receives the callbacks of one Chat app and passes its read reports on as events, to a queue or a bus. */
export class TencentChatEvents extends Construct {
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;
  /** Holds the token to paste into the Chat console; `undefined` when callbacks are not authenticated. */
  readonly tokenSecret: Secret | undefined;
  /** The queue that consumers read from; `undefined` with a bus that no queue was made for. */
  readonly queue: IQueue | undefined;
  /** The bus that consumers subscribe to; `undefined` with a queue as destination. */
  readonly eventBus: IEventBus | undefined;
  /** Where events wait while the destination does not take them. */
  readonly standbyQueue: IQueue;

  /** @throws {Error} when properties contradict each other; the message names them and the way out */
  constructor(scope: Construct, id: string, props: TencentChatEventsProps) {
    super(scope, id);
    const { sdkAppId, destination = Destination.fifoQueue(), authentication = "token" } = props;
    const { clockSkewSeconds, allowedSourceCidrs, throttle = DEFAULT_THROTTLE, reservedConcurrentExecutions } = props;
    checkProps(props);
    if (authentication === "none") {
      Annotations.of(this).addWarningV2(
        "tencent-chat-events:unauthenticated",
        "authentication is 'none': callbacks are accepted without Tencent's signature, and metadata.authentication says so",
      );
    }

    const { environment: destinationVariables, grantPublish, queue, eventBus } = destination.bind(this);
    this.queue = queue;
    this.eventBus = eventBus;
    this.standbyQueue = createStandbyQueue(this);
    this.tokenSecret =
      authentication === "none"
        ? undefined
        : new Secret(this, "Token", {
            description: `Callback token of Tencent Cloud Chat app ${sdkAppId}: paste it into the Chat console`,
            // The console takes letters and digits.
            generateSecretString: { passwordLength: 32, excludePunctuation: true },
          });

    const environment: EnvironmentVariables = {
      SDK_APP_ID: sdkAppId,
      ...destinationVariables,
      STANDBY_QUEUE_URL: this.standbyQueue.queueUrl,
      AUTHENTICATION: authentication,
      ...(this.tokenSecret && { TOKEN_SECRET_ARN: this.tokenSecret.secretArn }),
      ...(clockSkewSeconds !== undefined && { CLOCK_SKEW_SECONDS: String(clockSkewSeconds) }),
      ...(allowedSourceCidrs && { ALLOWED_SOURCE_CIDRS: allowedSourceCidrs.join(",") }),
    };
    const callbackFunction = new BundledFunction(this, "CallbackFunction", {
      name: "callback",
      description: "Authenticates Tencent Cloud Chat's callbacks and stores read reports as events",
      environment,
      reservedConcurrentExecutions,
    });
    grantPublish(callbackFunction);
    callbackFunction.allow("sqs:SendMessage", this.standbyQueue.queueArn);
    if (this.tokenSecret) callbackFunction.allow("secretsmanager:GetSecretValue", this.tokenSecret.secretArn);

    const endpoint = new Endpoint(this, "Endpoint", { sdkAppId, throttle, handler: callbackFunction });
    this.callbackUrl = endpoint.callbackUrl;
  }
}

function checkProps(props: TencentChatEventsProps): void {
  const { sdkAppId, authentication, clockSkewSeconds, allowedSourceCidrs, acceptUnauthenticated } = props;
  const problems: string[] = [];
  if (!Token.isUnresolved(sdkAppId) && !/^[1-9][0-9]*$/.test(sdkAppId)) {
    problems.push(`sdkAppId is '${sdkAppId}': expected the Chat app's SDKAppID, a number such as 1400000001`);
  }
  if (clockSkewSeconds !== undefined && !(Number.isInteger(clockSkewSeconds) && clockSkewSeconds >= 0)) {
    problems.push(`clockSkewSeconds is ${clockSkewSeconds}: expected a whole number of seconds, such as 60`);
  }
  if (allowedSourceCidrs?.length === 0) {
    problems.push("allowedSourceCidrs is empty: expected at least one address or CIDR, or no such property for any");
  } else if (allowedSourceCidrs !== undefined) {
    try {
      parseSourceAddresses(allowedSourceCidrs.join(","));
    } catch (error) {
      problems.push(`allowedSourceCidrs: ${(error as Error).message}`);
    }
  }
  if (authentication === "none" && allowedSourceCidrs === undefined && !acceptUnauthenticated) {
    problems.push(
      "authentication is 'none', which lets anybody who knows the URL send events: expected allowedSourceCidrs with the " +
        "addresses callbacks come from, or acceptUnauthenticated=true if that is what you want",
    );
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
