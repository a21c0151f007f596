import { readFile } from "node:fs/promises";
import { bundleFile } from "../lib/bundles.ts";
import { SimulatedAws } from "./aws.ts";
import { keyInText } from "./callback-key.ts";
import { VirtualClock } from "./clock.ts";
import { ExistingHandler, relayVariables } from "./existing-handler.ts";
import { type EnvironmentRecord, emptyHistory, type History } from "./history.ts";
import { HttpApi } from "./lambda/api.ts";
import { type Bundle, compileBundle } from "./lambda/bundle.ts";
import { Deployment } from "./lambda/deployment.ts";
import type { ExecutionEnvironment } from "./lambda/environment.ts";
import { EventSource } from "./lambda/event-source.ts";
import { type FunctionVersion, LambdaFunction } from "./lambda/function.ts";
import { Mishaps } from "./lambda/mishaps.ts";
import { SimulatedNetwork } from "./network.ts";
import { Attacker } from "./people/attacker.ts";
import { Consumer } from "./people/consumer.ts";
import { Operator } from "./people/operator.ts";
import { Tencent } from "./people/tencent.ts";
import { endOf, findUnderWay, type Plan } from "./plan.ts";
import { Random } from "./random.ts";
import type { StackDefinition } from "./stack.ts";
import { STARTS_AT, type World } from "./world.ts";

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
    ...emptyHistory(),
    healedAt: STARTS_AT + endOf([...plan.serviceFaults, ...plan.lambdaFaults]),
    trace: trace && ((text) => trace(clock.now() - STARTS_AT, text)),
  };
  await clock.runUntil(live(plan, stack, bundles, { clock, random, history }));
  return history;
}

async function live(plan: Plan, stack: StackDefinition, bundles: Bundles, world: World): Promise<void> {
  const { clock, random, history } = world;
  const token = `token-${random.uuid()}`;
  history.tokens.push({ value: token, storedAt: clock.now() });
  const isRuleFailing = () => {
    const fault = findUnderWay(plan.serviceFaults, clock.now() - STARTS_AT, ({ target }) => target === "rule");
    return fault !== undefined && random.chance(fault.share);
  };
  const aws = new SimulatedAws(stack, token, isRuleFailing, world);
  const createFunction = functionFactory(plan, stack, aws, world);
  const versionOf = (name: keyof Bundles): FunctionVersion => ({
    bundle: bundles[name],
    variables: { ...stack[name].environment, ...CREDENTIALS, ...relayVariables(plan.relayed) },
    isMisconfigured: false,
  });

  const deployment = new Deployment(versionOf("callback"), stack.canary, { clock, random: random.fork("deployment") });
  const callbackFunction = createFunction("callback", () => deployment.choose());
  const api = new HttpApi(callbackFunction, stack.throttle, { clock, random: random.fork("api") });
  const republishVersion = versionOf("republish");
  const eventSource = new EventSource(
    aws.standby,
    createFunction("republish", () => republishVersion),
    { batchSize: stack.republishBatchSize, concurrency: stack.republishConcurrency },
    { clock, random: random.fork("event source") },
  );
  aws.standby.onSent = ({ Body: body }) => {
    history.trace?.(`standby takes ${keyInText(body)}`);
    eventSource.wake();
  };
  const consumer = new Consumer(aws.events, plan.consumer, { clock, history, random: random.fork("consumer") });
  aws.events.onSent = ({ at, Body: body, group, isDuplicate }) => {
    history.arrivals.push({ at, body, group, isDuplicate, isMovedBack: aws.isMovingDeadLetters });
    history.trace?.(`the consumers' queue ${isDuplicate ? "drops as a repeat" : "takes"} ${keyInText(body)}`);
    consumer.wake();
  };
  const tencent = new Tencent(plan, token, { clock, history, api, random: random.fork("Tencent") });
  const attacker = new Attacker(plan, { clock, history, api, random: random.fork("attacker") });
  const operator = new Operator({ ...{ clock, history, aws, tencent, deployment }, random: random.fork("operator") });

  const weights = plan.flows.reduce((sum, { weight }) => sum + weight, 0);
  await Promise.all([
    ...plan.flows.map((flow) => tencent.send(flow, Math.ceil((plan.callbacks * flow.weight) / weights))),
    ...plan.attacks.map((attack) => attacker.attack(attack)),
    ...plan.operator.map((action) => operator.act(action)),
  ]);
  await clock.sleep(Math.max(0, history.healedAt - clock.now()));

  history.healedAt = clock.now();
  history.trace?.("all faults are over");
  consumer.repair();
  const isEmpty = () => aws.standby.size === 0 && aws.events.size === 0 && aws.undelivered === 0;
  await waitUntil(isEmpty, clock);
  history.recoveredAt = clock.now();
  aws.moveDeadLettersBack();
  await operator.replay();
  // EventBridge delivers within seconds.
  await clock.sleep(60_000);
  await waitUntil(isEmpty, clock);
  for (const [name, queue] of aws.queues) {
    for (const { Body: body } of queue.messages()) history.leftBehind.push({ queue: name, body });
  }
}

/** Returns a function that creates the stack's functions, in one network. */
function functionFactory(plan: Plan, stack: StackDefinition, aws: SimulatedAws, { clock, random, history }: World) {
  const records = new Map<ExecutionEnvironment, EnvironmentRecord>();
  const deadLetterQueue = stack.queues.find(({ name }) => name === stack.standbyQueue.deadLetterQueue);
  const network = new SimulatedNetwork({
    ...{ clock, history, random: random.fork("network"), faults: plan.serviceFaults },
    services: aws.services(),
    handler: new ExistingHandler({ clock, history }),
    standbyQueueUrl: stack.standbyQueue.url,
    deadLetterQueueUrl: deadLetterQueue?.url ?? "",
    recordOf: (environment) => records.get(environment) as EnvironmentRecord,
  });
  return (name: keyof Bundles, version: () => FunctionVersion) => {
    const own = random.fork(name);
    const { timeoutMilliseconds } = stack[name];
    const mishaps = new Mishaps(plan.lambdaFaults, { clock, random: own });
    return new LambdaFunction(
      { name, version, timeoutMilliseconds, mishaps },
      { clock, network, history, random: own, register: (environment, record) => records.set(environment, record) },
    );
  };
}

/** Waits until something is so, for as long as a recovery may take. */
async function waitUntil(isSo: () => boolean, clock: VirtualClock): Promise<void> {
  const end = clock.now() + RECOVERY_MS;
  while (!isSo() && clock.now() < end) await clock.sleep(10_000);
}
