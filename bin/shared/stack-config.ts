import { flag, oneOf } from "../../functions/kinds.ts";
import type { Setting } from "../../functions/settings.ts";
import { findInvalid, findProblems } from "../../lib/check-settings.ts";
import { closestName } from "../../lib/closest-name.ts";
import { Destination } from "../../lib/destination.ts";
import { concealSecrets, type SettingProblem } from "../../lib/setting-problem.ts";
import { type Input, inputsOf, SETTINGS } from "../../lib/settings.ts";
import type { TencentChatEventsStackProps } from "../../lib/tencent-chat-events-stack.ts";

/** Settings of this repository's stack that the construct does not have. */
export const STACK_SETTINGS = {
  /**
   * Type of the queue with `destination=queue`: `fifo` or `standard`. The queue of a bus is always a standard one.
   *
   * @default fifo
   */
  queueType: { kind: oneOf(["fifo", "standard"]), default: "fifo" },
  /**
   * Prevents the stack from being deleted. In code, it is a property of the stack.
   *
   * @default false
   */
  terminationProtection: { kind: flag, default: false },
} as const satisfies Record<string, Setting>;

/** Every key, and the value that it sets. Values that text cannot express have no key. */
const INPUTS: ReadonlyMap<string, Input> = new Map(
  inputsOf({ ...SETTINGS, ...STACK_SETTINGS })
    .filter(({ kind }) => kind.parse)
    .map((input) => [input.key, input]),
);

/** A configuration key whose value is missing or invalid. */
export interface ConfigProblem {
  readonly key: string;
  /** What is wrong and what is expected, to follow the key. */
  readonly message: string;
}

/** Thrown when the configuration is invalid. The message names every invalid key, its value and what is expected. */
export class StackConfigError extends Error {
  override readonly name = "StackConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(["Invalid configuration:", ...problems.map(({ key, message }) => `  ${key} ${message}`)].join("\n"));
    this.problems = problems;
  }
}

/**
 * Converts the configuration to properties of the stack. Whether they are valid is for the construct to decide.
 *
 * @param values by key, as text from the command line or as JSON from `cdk.json`
 * @throws {StackConfigError} naming every problem
 */
export function readConfig(values: Readonly<Record<string, unknown>>): TencentChatEventsStackProps {
  const unknownKeys = Object.keys(values).filter((key) => !INPUTS.has(key));
  const config = convert(values);
  const problems = [...findProblems(config), ...findInvalid(config, STACK_SETTINGS), ...findMisplacedQueueType(values)];
  if (unknownKeys.length + problems.length > 0) {
    throw new StackConfigError([
      ...unknownKeys.map(explainUnknownKey),
      ...problems.map((problem) => explainProblem(problem, values)),
    ]);
  }
  const { queueType, ...props } = config;
  if (queueType === "standard") props["destination"] = Destination.standardQueue();
  return props as unknown as TencentChatEventsStackProps;
}

/** Converts values as far as possible. The others stay as they are, for the construct to reject. */
function convert(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [key, { path, kind }] of INPUTS) {
    const given = values[key];
    if (given === undefined) continue;
    const [name, field] = path;
    const value = typeof given === "object" ? given : (kind.parse?.(String(given)) ?? given);
    config[name] = field === undefined ? value : { ...(config[name] as object | undefined), [field]: value };
  }
  return config;
}

function findMisplacedQueueType({ destination, queueType }: Readonly<Record<string, unknown>>): SettingProblem[] {
  if (destination !== "bus" || queueType === undefined) return [];
  return [
    { property: "queueType", value: queueType, message: "leave it out with a bus, whose queue is a standard one" },
  ];
}

function explainUnknownKey(key: string): ConfigProblem {
  const keys = [...INPUTS.keys()];
  const nearest = closestName(key, keys);
  const suggestion = nearest === undefined ? "." : `: did you mean ${nearest}?`;
  return { key, message: `is not a setting${suggestion} The settings are ${keys.join(", ")}` };
}

function explainProblem(
  { property, message }: SettingProblem,
  values: Readonly<Record<string, unknown>>,
): ConfigProblem {
  const [key] = [...INPUTS].find(([, { path }]) => path.join(".") === property) ?? [property];
  if (values[key] === undefined) return { key, message: `is missing: ${message}. Set it with -c ${key}=VALUE` };
  return { key, message: `is ${concealSecrets(property, JSON.stringify(values[key]))}: ${message}` };
}
