import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { main as receive } from "../../bin/receive.ts";
import { main as replay } from "../../bin/replay.ts";
import { main as send } from "../../bin/send.ts";
import { readFaults } from "../../bin/start/read-faults.ts";
import { humanReporter } from "../../bin/start/reporters.ts";
import type { ReadEvent } from "../../events/chat-event.ts";
import { createForwarding } from "../../events/forwarding.ts";
import { Faults } from "../../local/faults.ts";
import { startLocalSystem } from "../../local/local-system.ts";
import type { QueueRole } from "../../local/queue-roles.ts";
import { toShellSettings } from "../../local/shell-settings.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";
import { run } from "./command.ts";
import { parse } from "./function.ts";

/** The commands that a page shows, which lead a shell to the local system or read what it printed. */
export interface PageCommands {
  /** The runbook's definitions of `resource`, `arn` and `QUEUE`. */
  readonly definitions: string;
  /** Makes `lost.json` of `system.log`. */
  readonly fetchLost: string;
}

/** How a system for drills starts. */
export interface DrillOptions {
  /** What `--break` breaks to begin with. */
  readonly broken?: string;
  /** The existing handler's URL, as `--relay` takes it. */
  readonly relayUrl?: string;
}

/** A drill in progress. */
export type Drill = Awaited<ReturnType<typeof startDrill>>;

/** Starts the local system for drills, which does what `npm start` does. */
export async function startDrill({ definitions, fetchLost }: PageCommands, { broken, relayUrl }: DrillOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), "drill-"));
  let printed: string[] = [];
  const lines: string[] = [];
  let begin = 0;
  const faults = new Faults();
  const breakParts = (list: string | undefined) => {
    for (const { part, mode, calls } of readFaults(list, relayUrl)) faults.break(part, mode, calls);
  };
  breakParts(broken);
  const reporter = humanReporter((line) => printed.push(line), createForwarding([]));
  const system = await startLocalSystem(
    { sdkAppId: SDK_APP_ID, port: 0, token: TOKEN, relayUrl, faults },
    {
      ...reporter,
      log(functionName, line) {
        lines.push(line);
        reporter.log(functionName, line);
      },
    },
  );
  const callbackUrl = system.outputs["CallbackUrl"] ?? "";
  const { sqsEndpoint, standbyQueueUrl } = system;
  const queueUrl = system.outputs["QueueUrl"] ?? "";
  reporter.ready({ callbackUrl, sdkAppId: SDK_APP_ID, token: TOKEN, sqsEndpoint, queueUrl, standbyQueueUrl });
  const shell = (command: string) =>
    execFileSync("bash", ["-c", `${toShellSettings(system)}${definitions}\n${command}`], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  const client = { region: "us-east-1", credentials: { accessKeyId: "any", secretAccessKey: "any" } };
  const sqs = new SQSClient({ ...client, endpoint: shell('echo "$AWS_ENDPOINT_URL_SQS"') });
  const secretsEndpoint = shell('echo "$AWS_ENDPOINT_URL_SECRETS_MANAGER"');
  const secretsManager = new SecretsManagerClient({ ...client, endpoint: secretsEndpoint });

  return {
    ...{ callbackUrl, sqs, secretsManager },
    /** The messages in a queue. */
    list: (role: QueueRole) => system.queues.list(system.parts.queues[role] ?? ""),
    /** Forgets what was printed and logged before. */
    begin() {
      printed = [];
      begin = lines.length;
    },
    /** What `npm start` has printed. */
    printed: () => printed.join("\n"),
    /** The ARN or URL that the runbook's function `resource` prints. */
    resource: (name: string) => shell(`resource ${name}`),
    break: breakParts,
    heal: () => faults.heal(),
    /** `npm run send`, with a token that may have been changed since. */
    send: (...options: string[]) =>
      run(send, "--url", callbackUrl, ...(options.includes("--token") ? [] : ["--token", TOKEN]), ...options),
    /** `npm run receive`; returns the events' readers. */
    async receive(...options: string[]): Promise<unknown[]> {
      const { stdout } = await run(receive, "--queue-url", queueUrl, ...options);
      const events = stdout.split("\n").slice(0, -1);
      return events.map((event) => (JSON.parse(event) as ReadEvent).detail.data.Report_Account);
    },
    /** Makes `lost.json` as the page says, and puts it back with `npm run replay`. */
    async replay(...options: string[]) {
      await writeFile(join(folder, "system.log"), `${printed.join("\n")}\n`);
      shell(fetchLost);
      return run(replay, "--file", join(folder, "lost.json"), ...options);
    },
    /** Waits until a function has logged a message. */
    logged: (message: string) =>
      expect.poll(() => lines.slice(begin).map((line) => parse(line)["message"])).toContain(message),
    /** Waits until a metric has counted something, now or before: later counts are logged only once a minute. */
    counted: (metric: string) => expect.poll(() => lines.some((line) => Number(parse(line)[metric]) > 0)).toBe(true),
    async close() {
      sqs.destroy();
      secretsManager.destroy();
      await system.close();
      await rm(folder, { recursive: true });
    },
  };
}
