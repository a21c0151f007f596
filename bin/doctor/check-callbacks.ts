import { ADDRESS_NOT_ALLOWED } from "../../functions/judge-callback.ts";
import { EXPIRED } from "../../tencent/authenticate.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import type { CallbackTarget } from "../shared/callback-target.ts";
import { type Answer, type Deviation, FORGED, sendProbe } from "../shared/send-probe.ts";
import type { Finding, Findings } from "./finding.ts";

/** How long Tencent waits for the whole reply (https://www.tencentcloud.com/document/product/1047/34354). */
const TENCENT_TIMEOUT_MS = 2_000;
/** Half of that: one slow moment more, and Tencent gives up. */
const SLOW_MS = 1_000;
/** Calls after the first, which may have been a cold start. */
const WARM_CALLS = 5;

/** The reply that Tencent expects. */
const OK = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}';

const LATENCY = "time to answer";

/** Requests that must be refused with 401, and what it would mean if they were accepted. */
const FORGERIES: readonly { subject: string; deviation: Deviation; danger: string; note?: string }[] = [
  {
    subject: "unsigned request",
    deviation: FORGED.unsigned,
    danger: "anyone who knows the URL can create events",
  },
  {
    subject: "request signed two days ago",
    deviation: FORGED.stale,
    danger: "anyone who has seen one signed URL can create events forever",
    note: "; a deployed stack raises an alarm for it (docs/runbook.md#expired-callbacks)",
  },
  {
    subject: "request signed with a wrong token",
    deviation: FORGED.wrongToken,
    danger: "anyone can sign requests and create events",
  },
];

/**
 * Checks what the callback URL accepts, what it refuses, and how fast it answers.
 *
 * @param publish whether to send a read report as well, which becomes an event
 */
export async function* checkCallbacks(target: CallbackTarget, publish: boolean): Findings {
  const first = await sendProbe(target);
  if (first.errorInfo === ADDRESS_NOT_ALLOWED) {
    yield {
      verdict: "note",
      subject: "Verify",
      meaning:
        "refused with 403, because this machine's address is not among allowedSourceCidrs; nothing more can be checked from here",
      advice: "Run it again from an allowed address",
    };
    return;
  }
  yield expectOk("Verify", first, "answered with 200 OK, as the Chat console expects");
  // Nothing answers there, and the other checks would only repeat that.
  if (first.status === undefined) return;

  if (target.token === undefined) yield expectUnsignedOk(await sendProbe(target));
  else yield* checkForgeries(target);
  if (publish) {
    const answer = await sendProbe(target, { body: doctorsReport() });
    yield expectOk("read report", answer, 'answered with 200 OK; consumers receive one event of the reader "doctor"');
  }
  if (first.isOk) yield await checkLatency(target, first);
}

async function* checkForgeries(target: CallbackTarget): Findings {
  for (const { subject, deviation, danger, note = "" } of FORGERIES) {
    const answer = await sendProbe(target, deviation);
    if (answer.status === 401) yield { verdict: "ok", subject, meaning: `refused with 401${note}` };
    else if (answer.isOk) yield { verdict: "FAIL", subject, meaning: `accepted: ${danger}`, advice: WRONG_URL };
    else yield { verdict: "FAIL", subject, meaning: `${answer.summary}; expected 401`, advice: adviceFor(answer) };
  }
}

/** A read report of users that do not exist. */
function doctorsReport() {
  const now = Date.now();
  return {
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: "doctor",
    Peer_Account: "doctor",
    LastReadTime: Math.floor(now / 1000),
    UnreadMsgNum: 0,
    EventTime: now,
  };
}

function expectOk(subject: string, answer: Answer, meaning: string): Finding {
  if (answer.isOk) return { verdict: "ok", subject, meaning };
  return {
    verdict: "FAIL",
    subject,
    meaning: `${answer.summary}; expected 200 and ${OK}`,
    advice: adviceFor(answer),
  };
}

function expectUnsignedOk(answer: Answer): Finding {
  const subject = "unsigned request";
  if (!answer.isOk) {
    const meaning = `${answer.summary}, although authentication is 'none'`;
    return { verdict: "FAIL", subject, meaning, advice: adviceFor(answer) };
  }
  return {
    verdict: "note",
    subject,
    meaning: "accepted, because authentication is 'none': anyone who can reach the URL can create events",
    advice: "Unless that is intended, deploy with authentication 'token' (docs/configuration.md#settings)",
  };
}

async function checkLatency(target: CallbackTarget, first: Answer): Promise<Finding> {
  const answers = [first];
  while (answers.length <= WARM_CALLS) answers.push(await sendProbe(target));
  const failed = answers.find(({ isOk }) => !isOk);
  if (failed === undefined) return latencyFinding(answers.map(({ milliseconds }) => milliseconds));
  const meaning = `one of ${answers.length} Verify calls was ${failed.summary}`;
  return { verdict: "FAIL", subject: LATENCY, meaning, advice: adviceFor(failed) };
}

/** Compares the times of calls, in milliseconds and in the order of the calls, with Tencent's timeout. */
export function latencyFinding(times: readonly number[]): Finding {
  const slowest = Math.max(...times);
  const meaning =
    `the slowest of ${times.length} Verify calls took ${slowest} ms, the first ${times[0]} ms; Tencent waits ` +
    `${TENCENT_TIMEOUT_MS} ms (measured from this machine, not from Tencent)`;
  if (slowest <= SLOW_MS) return { verdict: "ok", subject: LATENCY, meaning };
  return {
    verdict: slowest > TENCENT_TIMEOUT_MS ? "FAIL" : "note",
    subject: LATENCY,
    meaning,
    advice: "See docs/runbook.md#slow-replies, unless the network from here is slow",
  };
}

const WRONG_URL = "Something other than this project's function answers there: use the output CallbackUrl";

/** Advises on an answer that was not the expected one. */
function adviceFor({ status, errorInfo }: Answer): string {
  if (status === undefined) return "Use the output CallbackUrl, and see docs/runbook.md#server-errors";
  if (status >= 500) return "See docs/runbook.md#server-errors";
  if (status === 429) return "See docs/runbook.md#gateway-throttled";
  if (status === 403) return "The SDKAppID is not the stack's: see docs/runbook.md#refusals";
  if (status !== 401) return WRONG_URL;
  return errorInfo.startsWith(EXPIRED)
    ? "Set this machine's clock: it is off by more than clockSkewSeconds allows"
    : "The token is not the stack's: see docs/runbook.md#refusals";
}
