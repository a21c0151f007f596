import type { Node } from "constructs";
import * as v from "valibot";
import { parseSourceAddresses } from "../functions/source-addresses.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events.ts";

/** `-c key=value` gives strings, `cdk.json` whatever was written there. */
const text = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));

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

const configSchema = v.object({
  sdkAppId: v.pipe(text, v.regex(/^[1-9][0-9]*$/, "expected the Chat app's SDKAppID, a number such as 1400000001")),
  destination: v.optional(oneOf("queue")),
  queueType: v.optional(oneOf("fifo", "standard")),
  authentication: v.optional(oneOf("token", "none")),
  clockSkewSeconds: v.optional(integer("expected a whole number of seconds, such as 60")),
  allowedSourceCidrs: v.optional(sourceCidrs),
  acceptUnauthenticated: v.optional(boolean),
});

/**
 * Reads the stack's configuration from CDK context: `-c key=value`, or `context` in `cdk.json`.
 *
 * @param node the app's node
 * @throws {Error} naming every wrong key, its value and what is expected
 */
export function readConfig(node: Node): TencentChatEventsProps {
  const context = Object.fromEntries(
    Object.keys(configSchema.entries).map((key) => [key, node.tryGetContext(key) as unknown]),
  );
  const result = v.safeParse(configSchema, context);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const key = String(issue.path?.[0].key);
    const value = context[key];
    return value === undefined
      ? `  ${key} is missing: set it with -c ${key}=VALUE`
      : `  ${key} is ${JSON.stringify(value)}: ${issue.message}`;
  });
  throw new Error(`The configuration is wrong:\n${problems.join("\n")}`);
}
