import { EventEmitter, once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import type { Account, Deployment, Flaw, Settings } from "../../bin/integ/account.ts";
import { Queues } from "../../bin/integ/aws/queues.ts";
import { HANDLER_SOURCE } from "../../bin/integ/existing-handler.ts";
import { RUNBOOK_URL } from "../../bin/integ/stack-props.ts";
import { sendProbe } from "../../bin/shared/send-probe.ts";
import type { EnvironmentVariables } from "../../functions/environment.ts";
import { awsFault, type Call, type Fault } from "../../local/faulty-endpoint.ts";
import { type RunningFunctions, STANDBY_QUEUE, startFunctions } from "../../local/functions.ts";
import { createHttpApi, type Integration } from "../../local/http-api.ts";
import { close, listen } from "../../local/server.ts";
import { LOCAL_REGION } from "../../local/template.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";
import { synthesise } from "./stack.ts";

/** From this length on, waiting is more than the pause between two callbacks: caches expire and hidden messages return. */
const LONG_WAIT_MS = 1_000;
/** A long wait counts this many times, so that a few of them reach a limit of minutes. */
const ACCELERATION = 60;
/** How many callbacks a canary gets before its alarm is looked at. */
const CANARY_CALLBACKS = 5;

const REJECTED: Deployment = {
  outcome: "rolled back",
  failedType: "AWS::Lambda::Alias",
  reason: "CodeDeploy rolled back",
};
const FAILED_UPDATE: Deployment = {
  outcome: "rolled back",
  failedType: "AWS::CloudFormation::WaitCondition",
  reason: "timed out",
};
const DEPLOYED: Deployment = { outcome: "deployed", failedType: "", reason: "" };

/** A local stand-in for an AWS account. */
export interface LocalAccount extends Account {
  /** Goes back to the first version, and ends what a step left: a denied destination, messages, another token. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Creates an account in which each deployment is a version of the functions with queues of its own, as deployed bundles in
 * processes. Calls go through the local system's faults; alias, check and canary are imitated in a few lines.
 */
export async function startLocalAccount(): Promise<LocalAccount> {
  const versions: RunningFunctions[] = [];
  const posts = new EventEmitter();
  const deployed: RunningFunctions[] = [];
  let live: RunningFunctions | undefined;
  let canary: RunningFunctions | undefined;
  // Callbacks that flow meanwhile would only slow the start down.
  let starting: Promise<RunningFunctions> | undefined;
  let isDenied = false;
  let tokens: readonly string[] = [TOKEN];
  let elapsed = 0;
  let requests = 0;

  const api = createHttpApi(
    new Map([
      [
        "POST /callback",
        async (event) => {
          requests += 1;
          const version = requests % 2 === 0 ? (canary ?? live) : live;
          const reply = await version?.callback.invoke(event);
          posts.emit("post", version);
          return reply;
        },
      ],
    ]),
    { request: () => {}, exchange: () => {} },
  );
  const url = new URL(`${await listen(api)}/callback`);
  const existingHandler = createHttpApi(new Map([["POST /", loadExistingHandler()]]), {
    request: () => {},
    exchange: () => {},
  });
  const relayUrl = `${await listen(existingHandler)}/`;
  const callbacksTo = async (version: RunningFunctions, count: number) => {
    for (let seen = 0; seen < count; ) if ((await once(posts, "post"))[0] === version) seen += 1;
  };

  const failDestination = ({ input }: Call): Fault | undefined =>
    isDenied && !String(input["QueueUrl"]).includes(STANDBY_QUEUE) ? awsFault(403, "AccessDenied") : undefined;
  const answerSecret = ({ input }: Call): Fault => {
    const token = tokens[input["VersionStage"] === "AWSPREVIOUS" ? 1 : 0];
    if (token === undefined) return awsFault(400, "ResourceNotFoundException");
    return { status: 200, body: JSON.stringify({ SecretString: token, CreatedDate: Date.now() / 1_000 }) };
  };

  async function startVersion(settings: Settings, flaw: Flaw | undefined): Promise<RunningFunctions> {
    const destination = settings["destination"] === "bus" ? "bus" : "fifo";
    const environment: Partial<EnvironmentVariables> = {
      AUTHENTICATION: settings["authentication"] ?? "token",
      CLOCK_SKEW_SECONDS: settings["clockSkewSeconds"] ?? "60",
      ...(settings["relayUrl"] && { RELAY_URL: relayUrl }),
      // A version that can't run, although it starts.
      ...(flaw === "no-handler" && { SDK_APP_ID: "not a number" }),
      // Only its destination is missing: it shares standby with the version before it.
      ...(flaw === "no-destination" && {
        QUEUE_URL: live?.queueUrl("missing.fifo") ?? "",
        STANDBY_QUEUE_URL: live?.queueUrl(STANDBY_QUEUE) ?? "",
        AWS_ENDPOINT_URL_SQS: live?.sqs.url ?? "",
      }),
    };
    const version = await startFunctions({ sdkAppId: SDK_APP_ID, token: TOKEN, destination, environment });
    version.sqs.fail = failDestination;
    version.eventBridge.fail = failDestination;
    version.secretsManager.fail = answerSecret;
    versions.push(version);
    return version;
  }

  const clients = new Map<string, Queues>();
  const queuesOf = ({ queues: { endpoint } }: RunningFunctions) => {
    const client =
      clients.get(endpoint) ??
      new Queues({ endpoint, region: LOCAL_REGION, credentials: { accessKeyId: "any", secretAccessKey: "any" } }, 0);
    clients.set(endpoint, client);
    return client;
  };

  /** Lets minutes pass: environments end, so that caches expire; hidden messages return, and standby is republished. */
  const passTime = () =>
    Promise.all(
      versions.map(async (version) => {
        await version.callback.stop();
        const hidden = version.sqs.calls.filter(({ operation }) => operation === "ChangeMessageVisibility");
        for (const { input } of hidden) {
          // One that was delivered meanwhile is gone.
          await version.queues.show(STANDBY_QUEUE, String(input["ReceiptHandle"])).catch(() => {});
        }
        if ((await queuesOf(version).count(version.queueUrl(STANDBY_QUEUE))) > 0) await version.republish();
      }),
    );

  function takeOver(version: RunningFunctions): Deployment {
    live = version;
    deployed.push(version);
    return DEPLOYED;
  }

  const account: LocalAccount = {
    now: () => Date.now() + elapsed,
    async wait(milliseconds) {
      if (milliseconds < LONG_WAIT_MS) {
        await Promise.all([starting, setImmediate()]);
        return;
      }
      elapsed += milliseconds * ACCELERATION;
      await passTime();
    },
    async deploy(settings, flaw) {
      starting = startVersion(settings, flaw);
      const version = await starting;
      const old = live;
      if (old === undefined) return takeOver(version);
      if (flaw === "no-handler") {
        const check = await version.post("", "");
        if (check.statusCode !== 200) return REJECTED;
      }
      if (settings["deployment"] === "forced") {
        if (flaw !== "failing-update") return takeOver(version);
        live = version;
        await callbacksTo(version, CANARY_CALLBACKS);
        live = old;
        return FAILED_UPDATE;
      }
      // CodeDeploy starts only from the version that CloudFormation deployed last.
      if (live !== deployed.at(-1)) return REJECTED;
      const standby = await account.countStandby();
      canary = version;
      await callbacksTo(version, CANARY_CALLBACKS);
      canary = undefined;
      // A bad version puts every callback on standby; on a busy machine, a good one may put some of them there.
      if ((await account.countStandby()) >= standby + CANARY_CALLBACKS) return REJECTED;
      return takeOver(version);
    },
    rollBack: async () => false,
    post: (deviation) => sendProbe({ url, sdkAppId: SDK_APP_ID, token: undefined }, deviation),
    receive: () =>
      Promise.all(
        versions.map(async (version) => {
          const queueUrl = version.queueUrl(version.eventsQueue);
          return { queueUrl, messages: await queuesOf(version).receiveAll(queueUrl) };
        }),
      ),
    async countStandby() {
      const counts = versions.map((version) => queuesOf(version).count(version.queueUrl(STANDBY_QUEUE)));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    async denyDestination() {
      isDenied = true;
    },
    async restoreDestination() {
      isDenied = false;
    },
    token: async () => tokens[0] ?? "",
    async putToken(token) {
      tokens = [token, ...tokens.slice(0, 1)];
    },
    async alarm(id) {
      const state = (await account.countStandby()) > 0 ? "ALARM" : "OK";
      const alarms = Object.entries(synthesise({ runbookUrl: RUNBOOK_URL }).findResources("AWS::CloudWatch::Alarm"));
      const found = alarms.find(([logicalId]) => logicalId.includes(id));
      return { state, description: String(found?.[1]["Properties"].AlarmDescription) };
    },
    async moveAlias() {
      live = deployed[deployed.indexOf(live as RunningFunctions) - 1];
    },
    async destroy() {
      await Promise.all(versions.splice(0).map((version) => version.close()));
      live = undefined;
      return [];
    },
    usage: () => ({ callbacks: requests, queueRequests: 0, hours: elapsed / 3_600_000, resources: {} }),
    async reset() {
      isDenied = false;
      tokens = [TOKEN];
      const [first, ...others] = versions.splice(0);
      await Promise.all(others.map((version) => version.close()));
      if (first === undefined) return;
      versions.push(first);
      deployed.splice(1);
      live = first;
      await passTime();
      await account.receive();
    },
    async close() {
      await account.destroy();
      await Promise.all([api, existingHandler].map(close));
    },
  };
  return account;
}

/** The existing handler's function, from the source that is deployed. */
function loadExistingHandler(): Integration {
  const exports: { handler?: Integration } = {};
  runInNewContext(HANDLER_SOURCE, { exports, URLSearchParams });
  return (event) => (exports.handler as Integration)(event);
}
