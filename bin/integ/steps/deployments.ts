import { count } from "../../shared/count.ts";
import type { Deployment, Flaw, Settings } from "../account.ts";
import { EXISTING_HANDLER, VERDICT } from "../existing-handler.ts";
import { duration, expect, expectAllAccepted, MINUTE, type Run } from "../run.ts";
import { expectStandbyAlarmOff } from "./standby.ts";

/** The resource that moves callbacks from one version to the next: it fails when a version is rejected. */
const ALIAS = "AWS::Lambda::Alias";

/** How long events that a bad version put on standby may wait there: the longest pause is a quarter of an hour. */
const REPUBLISHING = 20 * MINUTE;

/** Deploys the stack with its default settings. */
export async function theFirstDeploymentSucceeds(run: Run): Promise<string> {
  const start = run.account.now();
  const deployment = await run.deploy();
  expect(deployment.outcome === "deployed", explain(deployment));
  run.token = await run.account.token();
  return `deployed in ${duration(run.account.now() - start)}`;
}

/** Deploys a version without its handler while callbacks flow. */
export async function theCheckRejectsAVersionThatDoesNotRun(run: Run): Promise<string> {
  return seeRejected(run, "no-handler");
}

/** Deploys a version that passes the check but has no destination while callbacks flow. */
export async function theCanaryRejectsAVersionThatCannotReachTheDestination(run: Run): Promise<string> {
  return seeRejected(run, "no-destination");
}

async function seeRejected(run: Run, flaw: Flaw): Promise<string> {
  const start = run.account.now();
  const flow = await run.whileCallbacksFlow(() => run.deploy({}, flaw));
  const waited = duration(run.account.now() - start);
  const { outcome, failedType, reason } = flow.result;
  expect(outcome === "rolled back", explain(flow.result));
  expect(failedType === ALIAS, `${explain(flow.result)}, at a ${failedType} instead of the ${ALIAS}`);
  expectAllAccepted(flow.answers);
  await run.expectEvents(REPUBLISHING);
  await expectStandbyAlarmOff(run);
  return `rolled back after ${waited} (${reason}); ${accepted(flow.answers.length)}`;
}

/** Deploys a version, then the one before it at once, as the runbook says, then a newer one step by step. */
export async function afterGoingBackTheNextDeploymentSucceeds(run: Run): Promise<string> {
  await deployUnderTraffic(run, { deployment: "forced" });
  await expectDeployed(run, "going back", () => run.goBack());
  await deployUnderTraffic(run, { deployment: "canary" });
  await run.expectEvents();
  return "went back with deployment=forced, then deployed with canary";
}

/** Moves the alias by hand, which the runbook advises against: a canary must fail harmlessly, and a forced deployment succeed. */
export async function anAliasMovedByHandIsRepairedByAForcedDeployment(run: Run): Promise<string> {
  await run.account.moveAlias();
  const flow = await run.whileCallbacksFlow(() => run.deploy({ deployment: "canary" }));
  expect(flow.result.outcome === "rolled back", `with canary, ${explain(flow.result)}`);
  expectAllAccepted(flow.answers);
  await deployUnderTraffic(run, { deployment: "forced" });
  await deployUnderTraffic(run, { deployment: "canary" });
  await run.expectEvents();
  return `a canary was rolled back (${flow.result.reason}); then deployed with deployment=forced, and with canary`;
}

/** Changes the destination twice while callbacks flow. */
export async function aChangeFromQueueToBusAndBackLosesNothing(run: Run): Promise<string> {
  let [sent, queues] = [0, 0];
  for (const destination of ["bus", "queue"]) {
    sent += await deployUnderTraffic(run, { destination });
    queues = await run.expectEvents();
  }
  // The first queue, the bus's, and the one that the way back made.
  expect(queues >= 3, `events came from ${count(queues, "queue")}; expected 3`);
  return `${accepted(sent)} during both deployments, and received from ${count(queues, "queue")}`;
}

const QUESTION = "C2C.CallbackBeforeSendMsg";

/** Relays to an existing handler, then goes back. */
export async function anExistingHandlerDecidesAndReadsAreStored(run: Run): Promise<string> {
  const ask = () => run.post({ command: QUESTION, body: { CallbackCommand: QUESTION } });
  const sent = await deployUnderTraffic(run, { relayUrl: EXISTING_HANDLER });
  const verdict = await ask();
  const isHandlers = verdict.status === 200 && verdict.errorInfo === VERDICT;
  expect(isHandlers, `a before-callback that the handler forbids was ${verdict.summary}`);
  const sentBack = await expectDeployed(run, "going back", () => run.goBack());
  const allowed = await ask();
  expect(allowed.isOk, `after going back, a before-callback was ${allowed.summary}`);
  await run.expectEvents();
  return `the handler's verdict was the reply; ${accepted(sent + sentBack)} during both deployments, and received`;
}

/** Deploys while callbacks flow. @returns how many were sent, each of which was accepted */
function deployUnderTraffic(run: Run, settings: Settings): Promise<number> {
  return expectDeployed(run, `with ${JSON.stringify(settings)}`, () => run.deploy(settings));
}

async function expectDeployed(run: Run, how: string, deploy: () => Promise<Deployment>): Promise<number> {
  const flow = await run.whileCallbacksFlow(deploy);
  expect(flow.result.outcome === "deployed", `${how}, ${explain(flow.result)}`);
  expectAllAccepted(flow.answers);
  return flow.answers.length;
}

/** Lets a change from queue to bus fail after callbacks have gone to the bus: all of them, as it is `forced`. */
export async function aRolledBackChangeOfDestinationKeepsTheNewQueueAndItsEvents(run: Run): Promise<string> {
  const change = { destination: "bus", deployment: "forced" };
  const flow = await run.whileCallbacksFlow(() => run.deploy(change, "failing-update"));
  const { outcome, failedType } = flow.result;
  expect(outcome === "rolled back", explain(flow.result));
  expect(failedType !== ALIAS, `${explain(flow.result)}, before callbacks moved to the new queue`);
  expectAllAccepted(flow.answers);
  const queues = await run.expectEvents(REPUBLISHING);
  expect(queues >= 2, `events came from ${count(queues, "queue")}; expected the old one and the new one`);
  await expectStandbyAlarmOff(run);
  return `rolled back; ${accepted(flow.answers.length)} and received from ${count(queues, "queue")}`;
}

/** Deploys the same change again, although the rollback kept resources of the first attempt. */
export async function aRolledBackDeploymentSucceedsWhenRetried(run: Run): Promise<string> {
  const flow = await run.whileCallbacksFlow(() => run.retry());
  expect(flow.result.outcome === "deployed", explain(flow.result));
  expectAllAccepted(flow.answers);
  await run.expectEvents();
  return `deployed; ${accepted(flow.answers.length)} and received`;
}

function accepted(sent: number): string {
  return `${count(sent, "callback")} accepted`;
}

function explain({ outcome, failedType, reason }: Deployment): string {
  return reason === "" ? `the deployment was ${outcome}` : `the deployment was ${outcome}: ${failedType}: ${reason}`;
}
