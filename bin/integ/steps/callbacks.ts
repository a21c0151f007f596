import { count } from "../../shared/count.ts";
import { type Answer, type Deviation, FORGED } from "../../shared/send-probe.ts";
import { duration, expect, expectAllAccepted, type Run } from "../run.ts";

/** How many callbacks to send at once: fewer than the ten environments that a new account may have. */
const AT_ONCE = 5;
const ROUNDS = 4;

/** Sends callbacks, several at once, and compares their events with them. */
export async function everyAcceptedCallbackBecomesItsEvent(run: Run): Promise<string> {
  const answers: Answer[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sent = await Promise.all(Array.from({ length: AT_ONCE }, () => run.send()));
    answers.push(...sent.map(({ answer }) => answer));
  }
  const start = run.account.now();
  expectAllAccepted(answers);
  await run.expectEvents();
  const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
  return `${count(answers.length, "event")} equal to their callbacks within ${duration(run.account.now() - start)}; slowest reply ${Math.round(slowest)} ms`;
}

/** Sends one body twice within five minutes to the FIFO queue. */
export async function aRepeatedCallbackIsDropped(run: Run): Promise<string> {
  const { report, answer: first } = await run.send();
  const second = await run.post({ body: report });
  expect(first.isOk && second.isOk, `${first.summary}; when repeated, ${second.summary}`);
  await run.expectEvents();
  await run.expectNoStrangers();
  const received = run.ledger.received(report);
  expect(received === 1, `${count(received, "event")} of a callback that was sent twice`);
  return "two callbacks answered OK, one event";
}

const FORGERIES: Readonly<Record<string, Deviation>> = {
  "with a wrong signature": FORGED.wrongToken,
  "signed two days ago": FORGED.stale,
  unsigned: FORGED.unsigned,
};

/** Sends callbacks that an attacker might send. */
export async function aForgedCallbackIsRefusedAndBecomesNoEvent(run: Run): Promise<string> {
  for (const [name, deviation] of Object.entries(FORGERIES)) {
    const answer = await run.post({ ...deviation, body: run.ledger.createForgery(run.account.now()) });
    expect(answer.status === 401, `a callback ${name} was ${answer.summary}; expected 401`);
  }
  await run.expectNoStrangers();
  return `401 for callbacks ${Object.keys(FORGERIES).join(", ")}; no event of them`;
}
