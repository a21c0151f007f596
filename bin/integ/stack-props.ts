import type { Flaw, Settings } from "./account.ts";

/** The context key under which `app.ts` gets its {@link IntegStackProps}: the user's own settings in `cdk.json` do not apply. */
export const CONTEXT_KEY = "integ:stack";

/** The setting `runbookUrl` of the stack, which its alarms link. The page need not exist. */
export const RUNBOOK_URL = "https://example.com/runbook.md";

/** Marks stacks that the integration test may delete. */
export const TAG = "tencent-chat-events:integ";

/** Describes a deployment of the integration stack. */
export interface IntegStackProps {
  readonly stackName: string;
  readonly settings: Settings;
  readonly flaw?: Flaw | undefined;
}
