import { readFile } from "node:fs/promises";
import type { ChatEvent } from "../events/chat-event.ts";
import { toJson } from "../events/json.ts";
import { messageParameters } from "../functions/destination/sqs.ts";
import { bundleFile } from "../lib/bundles.ts";
import { VirtualClock } from "./clock.ts";
import { Deployment } from "./deployment.ts";
import type { EnvironmentRecord, History } from "./history.ts";
import { HttpApi } from "./lambda/api.ts";
import { type Bundle, compileBundle } from "./lambda/bundle.ts";
import type { ExecutionEnvironment } from "./lambda/environment.ts";
import { EventSource } from "./lambda/event-source.ts";
import { type FunctionOptions, LambdaFunction, type Mishaps } from "./lambda/function.ts";
import { type Service, SimulatedNetwork } from "./network.ts";
import { Attacker } from "./people/attacker.ts";
import { Consumer } from "./people/consumer.ts";
import { Operator } from "./people/operator.ts";
import { Tencent } from "./people/tencent.ts";
import type { LambdaFault, Plan } from "./plan.ts";
import { Random } from "./random.ts";
import { SimulatedBus } from "./services/event-bridge.ts";
import { SimulatedSecret } from "./services/secrets-manager.ts";
import { ServiceError } from "./services/service-error.ts";
import { SimulatedQueue } from "./services/sqs.ts";
import type { StackDefinition } from "./stack.ts";

/** The code that is simulated. */
export interface Bundles {
  readonly callback: Bundle;
  readonly republish: Bundle;
}

/** Reads the bundles as `npm run build` wrote them. */
export async function readBundles(): Promise<Bundles> {
  const read = async (name: keyof Bundles) => compileBundle(await readFile(bundleFile(name), "utf8"), name);
  return { callback: await read("callback"), republish: await read("republish") };
}

/** What Lambda gives to the functions. */
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret-access-key",
  AWS_SESSION_TOKEN: "session-token",
};

/** When each run starts: a Monday. */
const STARTS_AT = Date.UTC(2026, 0, 5);

/** How long after the last fault everything that waits has to arrive, in milliseconds: see `docs/reliability.md`. */
const RECOVERY_MS = 24 * 3_600_000;

/**
 * Lets a plan happen, and after it a recovery: faults end, the operator puts back what is only in the log and moves dead letters
 * back, and the queues empty.
 *
 * @param trace receives what happens, in words
 */
export async function run(
  plan: Plan,
  stack: StackDefinition,
  bundles: Bundles,
  trace?: (time: number, text: string) => void,
): Promise<History> {
  const clock = new VirtualClock(STARTS_AT);
  const random = new Random(plan.seed);
  const history: History = {
    callbacks: new Map(),
    environments: [],
    arrivals: [],
    receipts: [],
    tokens: [],
    leftBehind: [],
    operatorOutput: [],
    healedAt:
      STARTS_AT +
      Math.max(0, ...[...plan.serviceFaults, ...plan.lambdaFaults].map(({ from, duration }) => from + duration)),
    trace: trace && ((text) => trace(clock.now() - STARTS_AT, text)),
  };
  await clock.runUntil(live(plan, stack, bundles, { clock, random, history }));
  return history;
}

interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
}

async function live(plan: Plan, stack: StackDefinition, bundles: Bundles, world: World): Promise<void> {
  const { clock, random, history } = world;
  const queues = createQueues(stack, world);
  const queue = (name: string) => {
    const found = queues.get(name);
    if (found === undefined) throw new Error(`the stack has no queue ${name}`);
    return found;
  };
  const events = queue(stack.eventsQueue.name);
  const standby = queue(stack.standbyQueue.name);
  const firstToken = `token-${random.uuid()}`;
  const secret = new SimulatedSecret(firstToken, clock);
  history.tokens.push({ value: firstToken, storedAt: clock.now() });
  const bus =
    stack.bus &&
    new SimulatedBus({
      ...{ name: stack.bus.name, clock, random: random.fork("bus") },
      after: (milliseconds, callback) => void clock.after(milliseconds, callback),
      target: {
        queue: events,
        deadLetterQueue: queue(stack.bus.deadLetterQueue),
        maxAge: stack.bus.maxAge,
        maxAttempts: stack.bus.maxAttempts,
      },
      isTargetDown: () => false,
    });

  const records = new Map<ExecutionEnvironment, EnvironmentRecord>();
  const network = new SimulatedNetwork({
    ...{ clock, history, random: random.fork("network"), faults: plan.serviceFaults, startsAt: STARTS_AT },
    services: createServices(stack, queue, bus, secret),
    standbyQueueUrl: stack.standbyQueue.url,
    deadLetterQueueUrl: stack.queues.find(({ name }) => name === stack.standbyQueue.deadLetterQueue)?.url ?? "",
    recordOf: (environment) => records.get(environment) as EnvironmentRecord,
  });
  const register = (environment: ExecutionEnvironment, record: EnvironmentRecord) =>
    void records.set(environment, record);
  const createFunction = (name: keyof Bundles, version: FunctionOptions["version"]) => {
    const own = random.fork(name);
    return new LambdaFunction(
      { name, version, timeoutMilliseconds: stack[name].timeoutMilliseconds, ...lambdaFaults(plan, own, clock) },
      { clock, network, history, register, random: own },
    );
  };
  const versionOf = (name: keyof Bundles) => ({
    bundle: bundles[name],
    variables: { ...stack[name].environment, ...CREDENTIALS },
    isMisconfigured: false,
  });
  const deployment = new Deployment(versionOf("callback"), { clock, random: random.fork("deployment") });
  const callbackFunction = createFunction("callback", () => deployment.choose());
  const republishVersion = versionOf("republish");
  const republishFunction = createFunction("republish", () => republishVersion);
  const api = new HttpApi(callbackFunction, stack.throttle, { clock, random: random.fork("api") });

  const eventSource = new EventSource(
    standby,
    republishFunction,
    { batchSize: stack.republishBatchSize, concurrency: stack.republishConcurrency },
    { clock, random: random.fork("event source") },
  );
  standby.onSent = () => eventSource.wake();
  const consumer = new Consumer(events, plan.consumer, { clock, history, random: random.fork("consumer") });
  events.onSent = ({ at, Body: body, group, isDuplicate }) => {
    history.arrivals.push({ at, body, group, isDuplicate });
    consumer.wake();
  };

  const tencent = new Tencent(plan, firstToken, { clock, history, api, random: random.fork("Tencent") });
  const canSecretFail = plan.serviceFaults.some(({ target }) => target === "secret");
  const canClockFail = plan.lambdaFaults.some(({ name }) => name === "sets the clock of environments");
  const attacker = new Attacker({ clock, history, api, canSecretFail, canClockFail, random: random.fork("attacker") });
  const operator = new Operator({
    ...{ clock, history, secret, tencent, deployment, random: random.fork("operator") },
    publish: async (event) => publish(event, stack, events, bus),
    deadLetters: [...queues.values()].flatMap((to) => {
      const definition = stack.queues.find(({ name }) => name === to.name);
      return definition?.deadLetterQueue ? [{ from: queue(definition.deadLetterQueue), to }] : [];
    }),
  });

  const weights = plan.flows.reduce((sum, { weight }) => sum + weight, 0);
  await Promise.all([
    ...plan.flows.map((flow) => tencent.send(flow, Math.ceil((plan.callbacks * flow.weight) / weights))),
    ...plan.attacks.map((attack) => attacker.attack(attack)),
    ...plan.operator.map((action) => operator.act(action)),
  ]);
  await clock.sleep(Math.max(0, history.healedAt - clock.now()));

  history.trace?.("all faults are over");
  consumer.repair();
  const isEmpty = () => standby.size === 0 && events.size === 0;
  await waitUntil(isEmpty, clock);
  operator.moveDeadLettersBack();
  await operator.replay();
  await clock.sleep(60_000);
  await waitUntil(isEmpty, clock);
  for (const [name, left] of queues) {
    for (const { Body: body } of left.messages()) history.leftBehind.push({ queue: name, body });
  }
}

/** Waits until something is so, for as long as a recovery may take. */
async function waitUntil(isSo: () => boolean, clock: VirtualClock): Promise<void> {
  const end = clock.now() + RECOVERY_MS;
  while (!isSo() && clock.now() < end) await clock.sleep(10_000);
}

function createQueues(stack: StackDefinition, { clock, random }: World): Map<string, SimulatedQueue> {
  const queues = new Map<string, SimulatedQueue>();
  for (const { name, visibilityTimeout, retention, deadLetterQueue, maxReceiveCount } of stack.queues) {
    const target = deadLetterQueue === undefined ? undefined : queues.get(deadLetterQueue);
    const redrive = target && maxReceiveCount && { redrive: { deadLetterQueue: target, maxReceiveCount } };
    const attributes = { name, visibilityTimeout, retention, duplicates: 0.002, ...redrive };
    queues.set(name, new SimulatedQueue(attributes, clock, random.fork(name)));
  }
  return queues;
}

function createServices(
  stack: StackDefinition,
  queue: (name: string) => SimulatedQueue,
  bus: SimulatedBus | undefined,
  secret: SimulatedSecret,
): Map<string, Service> {
  const sqs: Service = (operation, input) => {
    const definition = stack.queues.find(({ url }) => url === input["QueueUrl"]);
    if (definition === undefined)
      throw new ServiceError(400, "QueueDoesNotExist", "The specified queue does not exist.");
    const target = queue(definition.name);
    if (operation === "SendMessage") {
      const { isDuplicate: _hidden, ...output } = target.send(input as never);
      return output;
    }
    if (operation === "ChangeMessageVisibility") {
      target.changeVisibility(String(input["ReceiptHandle"]), Number(input["VisibilityTimeout"]));
      return {};
    }
    throw new Error(`the functions call SQS's ${operation}, which the simulation does not have`);
  };
  const services = new Map<string, Service>([
    ["sqs.us-east-1.amazonaws.com", sqs],
    [
      "secretsmanager.us-east-1.amazonaws.com",
      (_operation, input) => secret.get(input["VersionStage"] as "AWSCURRENT"),
    ],
  ]);
  if (bus) services.set("events.us-east-1.amazonaws.com", (_operation, input) => bus.putEvents(input as never));
  return services;
}

function publish(event: ChatEvent, stack: StackDefinition, queue: SimulatedQueue, bus: SimulatedBus | undefined): void {
  if (bus === undefined) {
    queue.send({ MessageBody: toJson(event), ...messageParameters(event, stack.eventsQueue.url, true) });
    return;
  }
  const { source: Source, "detail-type": DetailType, detail, time } = event;
  const entry = {
    EventBusName: stack.bus?.name ?? "",
    Source,
    DetailType,
    Detail: toJson(detail),
    Time: Date.parse(time) / 1000,
  };
  bus.putEvents({ Entries: [entry] });
}

/** What the plan's faults of Lambda do to invocations. */
function lambdaFaults({ lambdaFaults: faults }: Plan, random: Random, clock: VirtualClock) {
  const hits = (name: LambdaFault["name"]) => {
    const time = clock.now() - STARTS_AT;
    const fault = faults.find(
      (candidate) => candidate.name === name && candidate.from <= time && time < candidate.from + candidate.duration,
    );
    return fault !== undefined && random.chance(fault.share);
  };
  const errors = new Map<EnvironmentRecord, number>();
  return {
    mishaps: (): Mishaps => ({
      endsAfter: hits("ends an environment in the middle") ? random.below(14) : undefined,
      isLast: hits("starts every environment anew"),
      isThrottled: hits("has no concurrency left"),
    }),
    clockError: (record: EnvironmentRecord) => {
      if (!errors.has(record))
        errors.set(record, hits("sets the clock of environments") ? random.between(-3_600_000, 3_600_000) : 0);
      return errors.get(record) ?? 0;
    },
  };
}
