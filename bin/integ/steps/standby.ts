import { count } from "../../shared/count.ts";
import { duration, expect, MINUTE, type Run } from "../run.ts";
import { RUNBOOK_URL } from "../stack-props.ts";

/** The alarm on the use of standby: the end of its construct id, and the link at the end of its description. */
const ALARM = { id: "StandbyInUse", link: `${RUNBOOK_URL}#standby-in-use` } as const;

/**
 * How long a message may take to be counted on standby: SQS applies a changed policy within a minute
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html), and counts a message
 * within about another.
 */
const POLICY_TAKES_EFFECT = 4 * MINUTE;
/** Five periods of a minute, the delay of metrics from a log, and the alarm's own evaluation. */
const ALARM_CHANGES = 10 * MINUTE;
/** The longest pause between two attempts of the republish function is a quarter of an hour. */
const STANDBY_EMPTIES = 20 * MINUTE;

/** SQS counts approximately, until a minute has passed without changes. */
const COUNT_SETTLES = 5 * MINUTE;

/** Denies access to the queue, and leaves it denied for the alarm to go off. */
export async function callbacksWaitOnStandbyWhileTheDestinationDeniesAccess(run: Run): Promise<string> {
  await run.account.denyDestination();
  const waited = await run.until(POLICY_TAKES_EFFECT, async () => {
    const { answer } = await run.send();
    expect(answer.isOk, `a callback was ${answer.summary}, instead of going to standby`);
    return (await run.account.countStandby()) > 0;
  });
  expect(waited !== undefined, `no message on standby ${duration(POLICY_TAKES_EFFECT)} after access was denied`);
  return `callbacks answered OK; ${count(await run.account.countStandby(), "message")} on standby`;
}

/** Sends callbacks until the alarm is on, then looks for the link in its description. */
export async function theAlarmGoesOffAndLeadsToItsHeadingInTheRunbook(run: Run): Promise<string> {
  let { state, description } = await run.account.alarm(ALARM.id);
  const waited = await run.until(ALARM_CHANGES, async () => {
    // The metric needs callbacks in two minutes.
    await run.send();
    ({ state, description } = await run.account.alarm(ALARM.id));
    return state === "ALARM";
  });
  expect(waited !== undefined, `${ALARM.id} was ${state} after ${duration(ALARM_CHANGES)} with messages on standby`);
  expect(description.endsWith(` ${ALARM.link}`), `${ALARM.id} is described as '${description}', without ${ALARM.link}`);
  return `${ALARM.id} in ALARM after ${duration(waited)}; ${ALARM.link}`;
}

/** Restores access first. */
export async function standbyEmptiesOnItsOwnAndLosesNothing(run: Run): Promise<string> {
  const messages = await run.account.countStandby();
  await run.account.restoreDestination();
  expect(messages > 0, "nothing was on standby");
  const start = run.account.now();
  await run.expectEvents(STANDBY_EMPTIES);
  const waited = run.account.now() - start;
  const isEmpty = async () => (await run.account.countStandby()) === 0;
  const left = `standby still held a message ${duration(COUNT_SETTLES)} after every event had arrived`;
  expect((await run.until(COUNT_SETTLES, isEmpty)) !== undefined, left);
  await expectStandbyAlarmOff(run);
  return `${count(messages, "message")} delivered within ${duration(waited)} of restoring access; the alarm cleared`;
}

/** Waits until the alarm is off: while it is on, no deployment starts. */
export async function expectStandbyAlarmOff(run: Run): Promise<void> {
  const waited = await run.until(ALARM_CHANGES, async () => (await run.account.alarm(ALARM.id)).state !== "ALARM");
  expect(waited !== undefined, `${ALARM.id} was still on ${duration(ALARM_CHANGES)} after standby was empty`);
}
