import { createForwarding, type Forwarding } from "../events/forwarding.ts";
import type { Credentials } from "./aws/credentials.ts";
import { httpUrl, wholeNumber } from "./kinds.ts";
import {
  FUNCTION_SETTINGS,
  type FunctionSetting,
  type FunctionSettingValues,
  type FunctionSettingVariables,
} from "./settings.ts";
import { createSourceAddresses, type SourceAddresses } from "./source-addresses.ts";

/** The environment variables that the stack writes and the callback and republish functions read. */
export interface EnvironmentVariables extends FunctionSettingVariables {
  /** The secret whose string is the callback token; absent with `AUTHENTICATION=none`. */
  readonly TOKEN_SECRET_ARN?: string;
  /** The destination, if it is a queue. The URL of a FIFO queue ends in `.fifo`. */
  readonly QUEUE_URL?: string;
  /** The destination, if it is a bus: its name, or its ARN if it belongs to another account. */
  readonly EVENT_BUS_NAME?: string;
  /** The standard queue in which events wait while the destination fails. */
  readonly STANDBY_QUEUE_URL: string;
  /** The queue for standby messages that can never be published. Only the republish function reads this. */
  readonly STANDBY_DEAD_LETTER_QUEUE_URL?: string;
  /** How many environments republish at a time. Only the republish function reads this. */
  readonly REPUBLISH_CONCURRENCY?: string;
  /** `none` leaves metrics out of the log, where CloudWatch would read them. Their counts are logged all the same. */
  readonly METRICS?: "none";
}

/** The environment variables of the function that checks a new version of the callback function. */
export interface CheckDeploymentVariables
  extends Pick<EnvironmentVariables, "SDK_APP_ID" | "TOKEN_SECRET_ARN" | "ALLOWED_SOURCE_CIDRS"> {
  /** The new version. */
  readonly CALLBACK_FUNCTION_ARN: string;
}

/** The configuration of the callback and republish functions. */
export interface Environment extends Omit<FunctionSettingValues, "authentication" | "allowedSourceCidrs" | "forward"> {
  /** `undefined` if callbacks are accepted without a signature. */
  readonly tokenSecretArn: string | undefined;
  readonly destination:
    | { readonly kind: "queue"; readonly queueUrl: string }
    | { readonly kind: "bus"; readonly eventBusName: string };
  readonly standbyQueueUrl: string;
  readonly standbyDeadLetterQueueUrl: string | undefined;
  /** How many environments republish at a time; `undefined` if unknown. */
  readonly republishConcurrency: number | undefined;
  /** Whether CloudWatch creates metrics from the log. */
  readonly hasMetrics: boolean;
  /** The addresses that callbacks may come from; `undefined` if any may. */
  readonly allowedSources: SourceAddresses | undefined;
  readonly forwarding: Forwarding;
  readonly region: string;
  readonly credentials: Credentials;
  /** Endpoints that replace AWS's own. */
  readonly endpoints: Readonly<Record<"SQS" | "EVENTBRIDGE" | "SECRETS_MANAGER", string | undefined>>;
}

/** Thrown when the environment variables are invalid. The message names every one that is. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  /** The settings that are valid. */
  readonly settings: Partial<FunctionSettingValues>;

  constructor(message: string, settings: Partial<FunctionSettingValues>) {
    super(message);
    this.settings = settings;
  }
}

/**
 * Reads the configuration of the callback and republish functions.
 *
 * @param variables the environment variables
 * @throws {EnvironmentError} naming every invalid variable
 */
export function readEnvironment(variables: Variables): Environment {
  const reader = new VariableReader(variables);
  const allSettings = reader.settings();
  const { authentication, allowedSourceCidrs, forward, ...settings } = allSettings;
  const tokenSecretArn = authentication === "none" ? undefined : reader.required("TOKEN_SECRET_ARN");
  const queueUrl = reader.optionalUrl("QUEUE_URL");
  const eventBusName = reader.optional("EVENT_BUS_NAME");
  if (!queueUrl === !eventBusName) reader.problems.push("expected exactly one of QUEUE_URL and EVENT_BUS_NAME");
  const standbyQueueUrl = reader.requiredUrl("STANDBY_QUEUE_URL");
  if (standbyQueueUrl.endsWith(".fifo"))
    reader.problems.push("STANDBY_QUEUE_URL is a FIFO queue's: expected a standard one");
  const standbyDeadLetterQueueUrl = reader.optionalUrl("STANDBY_DEAD_LETTER_QUEUE_URL");
  const republishConcurrency = reader.optionalCount("REPUBLISH_CONCURRENCY");
  const metrics = reader.optional("METRICS");
  if (metrics !== undefined && metrics !== "none") reader.problems.push(`METRICS is '${metrics}': expected none`);
  const region = reader.required("AWS_REGION");
  const endpoints = readEndpoints(reader);
  if (reader.problems.length > 0) {
    throw new EnvironmentError(
      `${reader.problems.join("; ")}. Deploy the stack again to restore its variables`,
      allSettings,
    );
  }
  return {
    ...settings,
    tokenSecretArn,
    destination: eventBusName ? { kind: "bus", eventBusName } : { kind: "queue", queueUrl: queueUrl ?? "" },
    standbyQueueUrl,
    standbyDeadLetterQueueUrl,
    republishConcurrency,
    hasMetrics: metrics === undefined,
    allowedSources: allowedSourceCidrs && createSourceAddresses(allowedSourceCidrs),
    forwarding: createForwarding(forward),
    region,
    credentials: readCredentials(reader),
    endpoints,
  };
}

/** Lambda sets the credentials. Another endpoint may not need them, and AWS's reply says what is wrong with them. */
function readCredentials(reader: VariableReader): Credentials {
  const sessionToken = reader.optional("AWS_SESSION_TOKEN");
  return {
    accessKeyId: reader.optional("AWS_ACCESS_KEY_ID") ?? "",
    secretAccessKey: reader.optional("AWS_SECRET_ACCESS_KEY") ?? "",
    ...(sessionToken && { sessionToken }),
  };
}

/** Reads the variables that the AWS SDKs use (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). */
function readEndpoints(reader: VariableReader): Environment["endpoints"] {
  const anyService = reader.optionalUrl("AWS_ENDPOINT_URL");
  return {
    SQS: reader.optionalUrl("AWS_ENDPOINT_URL_SQS") ?? anyService,
    EVENTBRIDGE: reader.optionalUrl("AWS_ENDPOINT_URL_EVENTBRIDGE") ?? anyService,
    SECRETS_MANAGER: reader.optionalUrl("AWS_ENDPOINT_URL_SECRETS_MANAGER") ?? anyService,
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that are not settings: the stack's resources, and what Lambda or the AWS SDKs define. */
type Name = Exclude<keyof EnvironmentVariables, keyof FunctionSettingVariables> | `AWS_${string}`;

const COUNT = wholeNumber("environments", 1);

/** Reads variables and collects what is wrong with them. */
class VariableReader {
  /** A sentence for each problem found so far. */
  readonly problems: string[] = [];
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  settings(): FunctionSettingValues {
    const values = Object.entries(FUNCTION_SETTINGS).map(([name, setting]) => [name, this.#setting(setting)]);
    return Object.fromEntries(values) as FunctionSettingValues;
  }

  optional(name: Name): string | undefined {
    return this.#text(name);
  }

  required(name: Name): string {
    const value = this.#text(name);
    if (value === undefined) this.problems.push(`${name} is missing`);
    return value ?? "";
  }

  optionalUrl(name: Name): string | undefined {
    const value = this.#text(name);
    return value && this.#checkUrl(name, value);
  }

  optionalCount(name: Name): number | undefined {
    const text = this.#text(name);
    const count = text === undefined ? undefined : COUNT.parse?.(text);
    if (text !== undefined && count === undefined)
      this.problems.push(`${name} is '${text}': ${COUNT.findProblem(text)}`);
    return count;
  }

  requiredUrl(name: Name): string {
    const value = this.required(name);
    return value && this.#checkUrl(name, value);
  }

  #setting({ variable, kind, required, default: fallback }: FunctionSetting): unknown {
    const text = this.#text(variable);
    if (text === undefined) {
      if (required) this.problems.push(`${variable} is missing`);
      return fallback;
    }
    const value = kind.parse?.(text);
    // A URL may contain a password.
    const shown = kind === httpUrl ? "not valid" : `'${text}'`;
    if (value === undefined) this.problems.push(`${variable} is ${shown}: ${kind.findProblem(text)}`);
    return value;
  }

  #text(name: string): string | undefined {
    return this.#variables[name]?.trim() || undefined;
  }

  #checkUrl(name: Name, value: string): string {
    if (httpUrl.parse(value) === undefined) this.problems.push(`${name} is not a URL: expected https://…`);
    return value;
  }
}
