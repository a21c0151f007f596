import { type Forwarding, NO_FORWARDING, parseForwarding } from "../events/forwarding.ts";
import type { Credentials } from "./aws/credentials.ts";
import { parseSourceAddresses, type SourceAddresses } from "./source-addresses.ts";

/** The functions' environment variables: the stack writes them, the functions read them, both by these names. */
export interface EnvironmentVariables {
  /** The Chat app's SDKAppID. */
  readonly SDK_APP_ID: string;
  /** The secret whose string is the callback token; absent with `AUTHENTICATION=none`. */
  readonly TOKEN_SECRET_ARN?: string;
  /** The destination, if it is a queue; one that ends in `.fifo` is FIFO. */
  readonly QUEUE_URL?: string;
  /** The destination, if it is a bus. */
  readonly EVENT_BUS_NAME?: string;
  /** The standard queue in which events wait while the destination fails. */
  readonly STANDBY_QUEUE_URL: string;
  /** Where the republish function puts what can never be published; it alone reads this. */
  readonly STANDBY_DEAD_LETTER_QUEUE_URL?: string;
  /** What becomes an event beside the read report: commands, families such as `C2C.*`, or `*`, separated by commas. */
  readonly FORWARD?: string;
  /** `token` (the default) or `none`. */
  readonly AUTHENTICATION?: "token" | "none";
  /** How far `RequestTime` may lie from now, in seconds. */
  readonly CLOCK_SKEW_SECONDS?: string;
  /** The addresses that may call: IPv4 and IPv6 addresses or CIDRs, separated by commas. */
  readonly ALLOWED_SOURCE_CIDRS?: string;
  /** How long the previous token is accepted after a rotation, in seconds. */
  readonly TOKEN_OVERLAP_SECONDS?: string;
  /** `false` leaves the client's address out of events; `true` is the default. */
  readonly INCLUDE_CLIENT_IP?: "true" | "false";
  /** `true` writes a line to the log for each event that was stored; `false` is the default. */
  readonly LOG_EVENTS?: "true" | "false";
}

/** The variables of the function that checks a new version of the callback function. */
export interface CheckDeploymentVariables
  extends Pick<EnvironmentVariables, "SDK_APP_ID" | "TOKEN_SECRET_ARN" | "ALLOWED_SOURCE_CIDRS"> {
  /** The new version. */
  readonly CALLBACK_FUNCTION_ARN: string;
}

/** What the callback function is told, validated. */
export interface Environment {
  readonly sdkAppId: string;
  /** `undefined` when unsigned callbacks are accepted. */
  readonly tokenSecretArn: string | undefined;
  readonly clockSkewSeconds: number;
  readonly destination:
    | { readonly kind: "queue"; readonly queueUrl: string }
    | { readonly kind: "bus"; readonly eventBusName: string };
  readonly standbyQueueUrl: string;
  readonly standbyDeadLetterQueueUrl: string | undefined;
  /** The addresses that may call; `undefined` allows all. */
  readonly allowedSources: SourceAddresses | undefined;
  readonly tokenOverlapSeconds: number;
  readonly forwarding: Forwarding;
  readonly includeClientIp: boolean;
  readonly logEvents: boolean;
  readonly region: string;
  readonly credentials: Credentials;
  /** Endpoints other than AWS's own. */
  readonly endpoints: Readonly<Record<"SQS" | "EVENTBRIDGE" | "SECRETS_MANAGER", string | undefined>>;
}

/** Tencent's advice: refuse when `RequestTime` is more than a minute from now (https://www.tencentcloud.com/document/product/1047/34354). */
const DEFAULT_CLOCK_SKEW_SECONDS = 60;

/** A day: enough for a person to follow in the console. */
const DEFAULT_TOKEN_OVERLAP_SECONDS = 86_400;

/** The names that are read: ours and those that Lambda or the AWS SDKs gave a meaning. */
type Name = keyof EnvironmentVariables | `AWS_${string}`;

/** Thrown when the environment does not make sense; the message names every variable at fault. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/**
 * Reads the function's configuration.
 *
 * @param variables the environment variables
 * @throws {EnvironmentError} naming all problems at once
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const problems: string[] = [];
  const optional = (name: Name) => variables[name]?.trim() || undefined;
  const required = (name: Name) => {
    const value = optional(name);
    if (value === undefined) problems.push(`${name} is missing`);
    return value ?? "";
  };
  const url = <Value extends string | undefined>(name: Name, value: Value): Value => {
    if (value && !(/^https?:/.test(value) && URL.canParse(value))) problems.push(`${name} is not a URL`);
    return value;
  };
  const seconds = (name: Name, fallback: number) => {
    const value = optional(name) ?? String(fallback);
    if (!/^[0-9]+$/.test(value)) problems.push(`${name} is not a whole number of seconds`);
    return Number(value);
  };
  const oneOf = <Value extends string>(name: Name, fallback: Value, other: Value): Value => {
    const value = optional(name) ?? fallback;
    if (value !== fallback && value !== other) problems.push(`${name} is neither ${fallback} nor ${other}`);
    return value as Value;
  };
  const list = <Value>(name: Name, parse: (entries: string) => Value): Value | undefined => {
    const value = optional(name);
    try {
      return value === undefined ? undefined : parse(value);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const anyEndpoint = url("AWS_ENDPOINT_URL", optional("AWS_ENDPOINT_URL"));
  const endpoint = (service: keyof Environment["endpoints"]) => {
    const name: Name = `AWS_ENDPOINT_URL_${service}`;
    return url(name, optional(name)) ?? anyEndpoint;
  };

  const authentication = oneOf("AUTHENTICATION", "token", "none");
  const clockSkewSeconds = seconds("CLOCK_SKEW_SECONDS", DEFAULT_CLOCK_SKEW_SECONDS);
  const queueUrl = url("QUEUE_URL", optional("QUEUE_URL"));
  const eventBusName = optional("EVENT_BUS_NAME");
  if (!queueUrl === !eventBusName) problems.push("expected exactly one of QUEUE_URL and EVENT_BUS_NAME");
  const standbyQueueUrl = url("STANDBY_QUEUE_URL", required("STANDBY_QUEUE_URL"));
  if (standbyQueueUrl.endsWith(".fifo")) problems.push("STANDBY_QUEUE_URL is a FIFO queue's");
  const sessionToken = optional("AWS_SESSION_TOKEN");

  const environment: Environment = {
    sdkAppId: required("SDK_APP_ID"),
    tokenSecretArn: authentication === "none" ? undefined : required("TOKEN_SECRET_ARN"),
    clockSkewSeconds,
    destination: eventBusName ? { kind: "bus", eventBusName } : { kind: "queue", queueUrl: queueUrl ?? "" },
    standbyQueueUrl,
    standbyDeadLetterQueueUrl: url("STANDBY_DEAD_LETTER_QUEUE_URL", optional("STANDBY_DEAD_LETTER_QUEUE_URL")),
    allowedSources: list("ALLOWED_SOURCE_CIDRS", parseSourceAddresses),
    forwarding: list("FORWARD", parseForwarding) ?? NO_FORWARDING,
    tokenOverlapSeconds: seconds("TOKEN_OVERLAP_SECONDS", DEFAULT_TOKEN_OVERLAP_SECONDS),
    includeClientIp: oneOf("INCLUDE_CLIENT_IP", "true", "false") === "true",
    logEvents: oneOf("LOG_EVENTS", "false", "true") === "true",
    region: required("AWS_REGION"),
    // Lambda sets them; an endpoint of one's own may do without, and AWS names what is wrong with them.
    credentials: {
      accessKeyId: optional("AWS_ACCESS_KEY_ID") ?? "",
      secretAccessKey: optional("AWS_SECRET_ACCESS_KEY") ?? "",
      ...(sessionToken && { sessionToken }),
    },
    endpoints: {
      SQS: endpoint("SQS"),
      EVENTBRIDGE: endpoint("EVENTBRIDGE"),
      SECRETS_MANAGER: endpoint("SECRETS_MANAGER"),
    },
  };
  if (problems.length > 0) throw new EnvironmentError(problems.join("; "));
  return environment;
}
