import * as v from "valibot";
import { parseSourceAddresses } from "../functions/source-addresses.ts";
import { Destination } from "./destination.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events.ts";

/** `-c key=value` gives strings, `cdk.json` whatever was written there. */
const text = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], "expected one value, not a list or an object"),
  v.transform(String),
);

const integer = (message: string) => v.pipe(text, v.regex(/^[0-9]+$/, message), v.transform(Number));
const boolean = v.pipe(
  text,
  v.picklist(["true", "false"], "expected true or false"),
  v.transform((value) => value === "true"),
);
const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.pipe(text, v.picklist(options, `expected ${options.join(" or ")}`));

const sourceCidrs = v.pipe(
  text,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      parseSourceAddresses(dataset.value);
    } catch (error) {
      addIssue({ message: `${(error as Error).message}: expected addresses or CIDRs, separated by commas` });
      return NEVER;
    }
    return dataset.value.split(",").map((entry) => entry.trim());
  }),
);

const configSchema = v.strictObject({
  sdkAppId: v.pipe(text, v.regex(/^[1-9][0-9]*$/, "expected the Chat app's SDKAppID, a number such as 1400000001")),
  destination: v.optional(oneOf("queue", "bus"), "queue"),
  queueType: v.optional(oneOf("fifo", "standard")),
  authentication: v.optional(oneOf("token", "none")),
  clockSkewSeconds: v.optional(integer("expected a whole number of seconds, such as 60")),
  allowedSourceCidrs: v.optional(sourceCidrs),
  acceptUnauthenticated: v.optional(boolean),
});

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
export function readConfig(values: Readonly<Record<string, unknown>>): TencentChatEventsProps {
  const result = v.safeParse(configSchema, values);
  if (result.success) {
    const { destination, queueType, ...config } = result.output;
    if (destination === "bus" && queueType !== undefined) {
      const message = `is ${JSON.stringify(queueType)}: leave it out with a bus, whose queue is a standard one`;
      throw new StackConfigError([{ key: "queueType", message }]);
    }
    return { ...config, destination: DESTINATIONS[destination === "bus" ? "bus" : (queueType ?? "fifo")]() };
  }
  throw new StackConfigError(
    result.issues.map((issue) => {
      const key = String(issue.path?.[0].key);
      const value = values[key];
      if (!Object.hasOwn(configSchema.entries, key)) {
        return { key, message: `is not a setting: the settings are ${Object.keys(configSchema.entries).join(", ")}` };
      }
      return {
        key,
        message:
          value === undefined
            ? `is missing: set it with -c ${key}=VALUE`
            : `is ${JSON.stringify(value)}: ${issue.message}`,
      };
    }),
  );
}
