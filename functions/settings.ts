import { createForwarding } from "../events/forwarding.ts";
import { createCommandList } from "../tencent/command-list.ts";
import { flag, httpUrl, type Kind, list, oneOf, text, wholeNumber } from "./kinds.ts";
import { createSourceAddresses } from "./source-addresses.ts";

/**
 * The definition of a setting. Its docstring is its description, in an IDE and in docs/configuration.md: `@default` is the
 * default in words, `@cost` what another value costs at AWS's list prices in us-east-1.
 */
export interface Setting {
  readonly kind: Kind<unknown>;
  /** The value that applies when the setting is left out. */
  readonly default?: unknown;
  readonly required?: true;
  /** The key on the command line, if it is not the setting's name. */
  readonly key?: string;
  /** The environment variable, if the functions read the setting. */
  readonly variable?: string;
  /** Set if the template depends on the value, which therefore cannot be one that CloudFormation fills in later. */
  readonly knownAtSynthesis?: true;
}

/** The definition of a setting that the functions read. */
export type FunctionSetting = Setting & Required<Pick<Setting, "variable">>;

/** The value that a setting takes. */
export type ValueOf<Definition> = Definition extends { readonly kind: Kind<infer Value> } ? Value : never;

/** Settings that the functions read: by the property's name, with a value that text can express. */
export const FUNCTION_SETTINGS = {
  /** The Chat app's SDKAppID. Callbacks of other apps are refused. Deploy one stack for each app. */
  sdkAppId: {
    variable: "SDK_APP_ID",
    kind: text("the Chat app's SDKAppID, a number such as 1400000001", /^[1-9][0-9]*$/),
    required: true,
  },
  /**
   * `token` requires Tencent's signature. `none` accepts unsigned callbacks, and needs `allowedSourceCidrs` or
   * `acceptUnauthenticated` as well.
   *
   * @default token
   */
  authentication: {
    variable: "AUTHENTICATION",
    kind: oneOf(["token", "none"]),
    default: "token",
    knownAtSynthesis: true,
  },
  /**
   * IPv4 and IPv6 addresses or CIDRs that callbacks may come from. Tencent may change its own: watch the alarm on refusals.
   *
   * @default any address
   */
  allowedSourceCidrs: { variable: "ALLOWED_SOURCE_CIDRS", kind: list(createSourceAddresses) },
  /**
   * How many seconds a callback's `RequestTime` may differ from now. Tencent advises 60. A larger value keeps a leaked URL
   * usable for longer.
   *
   * @default 60
   */
  clockSkewSeconds: {
    variable: "CLOCK_SKEW_SECONDS",
    kind: wholeNumber("seconds", 0, 86_400),
    // https://www.tencentcloud.com/document/product/1047/34354
    default: 60,
  },
  /** Seconds for which the previous token is accepted after a rotation. */
  tokenOverlapSeconds: {
    variable: "TOKEN_OVERLAP_SECONDS",
    kind: wholeNumber("seconds"),
    // A day is enough for a person to change the token in the console.
    default: 86_400,
  },
  /**
   * Other callbacks that become events: commands, families such as `C2C.*`, or `*`. Before-callbacks must be named one by
   * one.
   *
   * @default none
   * @cost the same per million events as read reports
   */
  forward: { variable: "FORWARD", kind: list(createForwarding), default: [], knownAtSynthesis: true },
  /**
   * The https URL of an [existing handler](migrate.md), which gets callbacks as they arrived and whose replies go back to Tencent.
   *
   * @default none
   * @cost up to $1.00 a month, and [per million callbacks](cost.md#an-existing-handler) $0.39 if it replies in 100 ms
   */
  relayUrl: { variable: "RELAY_URL", kind: httpUrl },
  /**
   * Commands to relay, families such as `C2C.*`, or `*`. Families include before-callbacks, unlike those of `forward`. Any that is
   * left out is allowed.
   *
   * @default all
   */
  relayCommands: { variable: "RELAY_COMMANDS", kind: list(createCommandList), default: ["*"] },
  /**
   * Whether messages on a standard queue carry their group, so that a conversation or group with a backlog does not delay the
   * others. A FIFO queue's always do.
   *
   * @default true
   * @cost `false` saves $0.10 per million events
   */
  fairQueue: { variable: "FAIR_QUEUE", kind: flag, default: true },
  /**
   * Whether events contain the IP address of the client that caused the callback. In many places it is personal data.
   *
   * @default true
   */
  includeClientIp: { variable: "INCLUDE_CLIENT_IP", kind: flag, default: true },
  /**
   * Whether the log has a line for each stored event: `deduplicationId`, `requestId`, place and milliseconds.
   *
   * @default false
   * @cost `true`: about $0.15 per million events
   */
  logEvents: { variable: "LOG_EVENTS", kind: flag, default: false },
} as const satisfies Record<string, FunctionSetting>;

type FunctionSettings = typeof FUNCTION_SETTINGS;

/** The settings' values, with defaults applied. */
export type FunctionSettingValues = {
  readonly [Name in keyof FunctionSettings]: FunctionSettings[Name] extends { default: unknown } | { required: true }
    ? ValueOf<FunctionSettings[Name]>
    : ValueOf<FunctionSettings[Name]> | undefined;
};

/** The settings' environment variables. */
export type FunctionSettingVariables = {
  readonly [Name in keyof FunctionSettings as FunctionSettings[Name]["variable"]]?: string;
};
