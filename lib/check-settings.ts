import { type Annotations, Token } from "aws-cdk-lib";
import { isBeforeCallback } from "../tencent/commands.ts";
import { findRelayProblems, warnOfRelay } from "./check-relay.ts";
import { isDuration } from "./kinds.ts";
import { concealSecrets, type SettingProblem } from "./setting-problem.ts";
import { inputsOf, SETTINGS } from "./settings.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";
import { warnOfUndocumented } from "./undocumented-commands.ts";

/**
 * Checks the properties of the construct.
 *
 * @throws {Error} naming every problem
 */
export function checkProps(props: TencentChatEventsProps): void {
  const problems = findProblems(props);
  if (problems.length > 0) throw new Error(problems.map(explain).join("\n"));
}

/**
 * Finds every problem of the construct's properties.
 *
 * @param props the properties, which may have any type
 */
export function findProblems(props: object): SettingProblem[] {
  return [
    ...findInvalid(props, SETTINGS),
    ...findContradictions(props),
    ...findRelayProblems(props),
    ...findIneffective(props),
    ...findOversized(props),
  ];
}

/**
 * Finds values that are missing or invalid.
 *
 * @param values the settings' values, which may have any type
 * @param settings the settings' definitions
 */
export function findInvalid(values: object, settings: typeof SETTINGS): SettingProblem[] {
  return inputsOf(settings).flatMap(({ path, kind, required, knownAtSynthesis }) => {
    const [name, field] = path;
    const whole: unknown = values[name as keyof typeof values];
    if (whole === undefined && !required) return [];
    const value = field === undefined ? whole : (whole as Record<string, unknown> | null)?.[field];
    if (!knownAtSynthesis && isUnresolved(value)) return [];
    const problem = kind.findProblem(value);
    if (problem === undefined) return [];
    const isIncomplete = field !== undefined && value === undefined;
    const message = isIncomplete ? `${problem}, as the rest of ${name} is set` : problem;
    return [{ property: path.join("."), value, message }];
  });
}

/** Whether CloudFormation fills the value in later. */
function isUnresolved(value: unknown): boolean {
  return Token.isUnresolved(value) || (isDuration(value) && value.isUnresolved());
}

function findContradictions(props: Partial<TencentChatEventsProps>): SettingProblem[] {
  const { authentication, acceptUnauthenticated, allowedSourceCidrs, alarmTopic, alarmEmail } = props;
  const problems: SettingProblem[] = [];
  if (authentication === "none" && acceptUnauthenticated !== true && allowsEveryone(allowedSourceCidrs)) {
    problems.push({
      property: "authentication",
      value: authentication,
      message:
        "anyone who knows the URL could send events. Set allowedSourceCidrs to the addresses that callbacks come from, or " +
        "acceptUnauthenticated=true to accept the risk",
    });
  }
  if (authentication !== "none" && acceptUnauthenticated === true) {
    problems.push({
      property: "acceptUnauthenticated",
      value: acceptUnauthenticated,
      message: "it has no effect without authentication=none. Set that, or leave out acceptUnauthenticated",
    });
  }
  if (alarmTopic !== undefined && alarmEmail !== undefined) {
    problems.push({
      property: "alarmEmail",
      value: alarmEmail,
      message: "it cannot be combined with alarmTopic. Subscribe the address to your topic instead",
    });
  }
  return problems;
}

/** The settings that only `footprint=full` uses. */
const FULL_FOOTPRINT_ONLY = ["alarmTopic", "alarmEmail", "alarmOnSilence", "runbookUrl", "deployment"] as const;

function findIneffective(props: Partial<TencentChatEventsProps>): SettingProblem[] {
  if (props.footprint !== "small") return [];
  const given = FULL_FOOTPRINT_ONLY.filter((property) => props[property] !== undefined);
  // A small footprint's deployments are all forced, and the runbook asks for `forced` in an emergency.
  const ineffective = given.filter((property) => props[property] !== "forced");
  return ineffective.map((property) => ({
    property,
    value: props[property],
    message: "it has no effect with footprint=small. Leave it out, or choose footprint=full",
  }));
}

/**
 * How many bytes the longest settings may have, as text. A function's environment variables have 4 KB together, keys included
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), and the others up to 1.2 KB.
 */
const MAX_LONG_BYTES = 2_900;

function findOversized(props: Partial<TencentChatEventsProps>): SettingProblem[] {
  const { allowedSourceCidrs, forward, relayUrl, relayCommands } = props;
  const given = Object.entries({ allowedSourceCidrs, forward, relayUrl, relayCommands }).flatMap(([property, value]) =>
    value === undefined || Token.isUnresolved(value) ? [] : [{ property, bytes: Buffer.byteLength(String(value)) }],
  );
  const bytes = given.reduce((sum, setting) => sum + setting.bytes, 0);
  const [largest] = given.sort((one, other) => other.bytes - one.bytes);
  if (largest === undefined || bytes <= MAX_LONG_BYTES) return [];
  return [
    {
      property: largest.property,
      value: `${largest.bytes} bytes`,
      message:
        `allowedSourceCidrs, forward, relayUrl and relayCommands have ${bytes} bytes together, and Lambda's environment ` +
        `variables have room for ${MAX_LONG_BYTES}. Merge addresses into CIDRs, or commands into families such as C2C.*`,
    },
  ];
}

function allowsEveryone(allowedSourceCidrs: unknown): boolean {
  if (!Array.isArray(allowedSourceCidrs)) return allowedSourceCidrs === undefined;
  return allowedSourceCidrs.some((cidr) => /\/0+$/.test(String(cidr)));
}

function explain({ property, value, message }: SettingProblem): string {
  return `${property} ${value === undefined ? "is missing" : `is ${concealSecrets(property, show(value))}`}: ${message}`;
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !isDuration(value)) return "set";
  if (isDuration(value)) return value.toHumanString();
  return typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** Warns of properties that are valid but risky, or that have no effect. */
export function warnOfRisks(annotations: Annotations, props: TencentChatEventsProps): void {
  const { authentication, allowedSourceCidrs = [], forward = [] } = props;
  if (authentication === "none") {
    annotations.addWarningV2(
      "tencent-chat-events:unauthenticated",
      "authentication is 'none': callbacks are accepted without Tencent's signature, and their events say so in metadata.authentication",
    );
  }
  const ipv6 = Token.isUnresolved(allowedSourceCidrs) ? [] : allowedSourceCidrs.filter((cidr) => cidr.includes(":"));
  if (ipv6.length > 0) {
    annotations.addWarningV2(
      "tencent-chat-events:ipv6",
      `allowedSourceCidrs: ${ipv6.join(", ")} will never match, as the API can only be reached over IPv4`,
    );
  }
  for (const command of forward.filter(isBeforeCallback)) {
    annotations.addWarningV2(
      "tencent-chat-events:before-callback",
      `forward: users wait until the event of ${command} is stored, up to 1.6 seconds and a cold start`,
    );
  }
  warnOfUndocumented(annotations, "forward", forward);
  warnOfRelay(annotations, props);
}
