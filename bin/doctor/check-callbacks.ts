import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import type { CallbackTarget } from "../shared/callback-target.ts";
import type { Finding, Findings } from "./finding.ts";
import { type Answer, type Deviation, sendProbe } from "./send-probe.ts";

/** What Tencent waits for the whole call (https://www.tencentcloud.com/document/product/1047/34354). */
const TENCENTS_PATIENCE_MS = 2_000;
/** From here on, a slow moment is enough. */
const SLOW_MS = 1_000;
/** Calls after the first, which may have been a cold start. */
const WARM_CALLS = 5;

/** The body that Tencent wants to see. */
const OK = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}';

const LATENCY = "time to answer";

/** Beyond a day, which is the most that `clockSkewSeconds` can be. */
const STALE_SECONDS = 2 * 86_400;

/** What has to be refused with 401, and what it would mean if it were not. */
const FORGERIES: readonly { subject: string; deviation: Deviation; danger: string; note?: string }[] = [
  {
    subject: "unsigned request",
    deviation: { token: undefined },
    danger: "anybody who knows the URL can make events",
  },
  {
    subject: "request signed two days ago",
    deviation: { age: STALE_SECONDS },
    danger: "whoever has seen one signed URL can make events for ever",
    note: ", of which a deployed stack's alarm tells (docs/runbook.md#expired-callbacks)",
  },
  {
    subject: "request signed with a wrong token",
    deviation: { token: "not the token" },
    danger: "anybody can sign requests and make events",
  },
];

/**
 * Looks what the callback URL accepts, what it refuses, and how fast it is.
 *
 * @param publish whether to send a read report, too, which becomes an event
 */
export async function* checkCallbacks(target: CallbackTarget, publish: boolean): Findings {
  const first = await sendProbe(target);
  const refusedAddress = first.errorInfo === "the source address is not allowed";
  if (refusedAddress) {
    yield {
      verdict: "note",
      subject: "Verify",
      meaning: "refused with 403, as this machine's address is not among allowedSourceCidrs: the rest can't be seen",
      advice: "Run it once more from an address that is",
    };
    return;
  }
  yield judgeOk("Verify", first, "answered with 200 OK, as the Chat console expects");
  // Nobody is there: the rest would say so again and again.
  if (first.status === undefined) return;

  if (target.token === undefined) {
    yield judgeUnsigned(await sendProbe(target));
  } else {
    for (const { subject, deviation, danger, note = "" } of FORGERIES) {
      const answer = await sendProbe(target, deviation);
      if (answer.status === 401) yield { verdict: "ok", subject, meaning: `refused with 401${note}` };
      else if (answer.isOk) yield { verdict: "FAIL", subject, meaning: `accepted: ${danger}`, advice: OTHER };
      else yield { verdict: "FAIL", subject, meaning: `${answer.summary}; expected 401`, advice: adviceFor(answer) };
    }
  }
  if (publish) {
    const answer = await sendProbe(target, { body: doctorsReport() });
    yield judgeOk("read report", answer, 'answered with 200 OK, so consumers see one event of the reader "doctor"');
  }
  if (first.isOk) yield await checkLatency(target, first);
}

/** A read report of nobody's. */
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

function judgeOk(subject: string, answer: Answer, meaning: string): Finding {
  if (answer.isOk) return { verdict: "ok", subject, meaning };
  return {
    verdict: "FAIL",
    subject,
    meaning: `${answer.summary}; expected 200 and ${OK}`,
    advice: adviceFor(answer),
  };
}

function judgeUnsigned(answer: Answer): Finding {
  const subject = "unsigned request";
  if (!answer.isOk) {
    const meaning = `${answer.summary}, though authentication is 'none'`;
    return { verdict: "FAIL", subject, meaning, advice: adviceFor(answer) };
  }
  return {
    verdict: "note",
    subject,
    meaning: "accepted, as authentication is 'none': whoever may call the URL can make events",
    advice: "Unless that is meant, deploy with authentication 'token' (docs/configuration.md#settings)",
  };
}

async function checkLatency(target: CallbackTarget, first: Answer): Promise<Finding> {
  const answers = [first];
  while (answers.length <= WARM_CALLS) answers.push(await sendProbe(target));
  const failed = answers.find(({ isOk }) => !isOk);
  if (failed === undefined) return judgeLatency(answers.map(({ milliseconds }) => milliseconds));
  const meaning = `of ${answers.length} Verify calls, one was ${failed.summary}`;
  return { verdict: "FAIL", subject: LATENCY, meaning, advice: adviceFor(failed) };
}

/** Judges how long calls took, in milliseconds, the first of them first. */
export function judgeLatency(times: readonly number[]): Finding {
  const slowest = Math.max(...times);
  const meaning =
    `the slowest of ${times.length} Verify calls took ${slowest} ms, the first ${times[0]} ms, and Tencent waits ` +
    `${TENCENTS_PATIENCE_MS} ms; measured from this machine, which is not where Tencent is`;
  if (slowest <= SLOW_MS) return { verdict: "ok", subject: LATENCY, meaning };
  const verdict = slowest > TENCENTS_PATIENCE_MS ? "FAIL" : "note";
  return {
    verdict,
    subject: LATENCY,
    meaning,
    advice: "See docs/runbook.md#slow-replies, unless it is the way from here",
  };
}

const OTHER = "Something other than this project's function answers there: give the output CallbackUrl";

/** What to do about an answer that was not the expected one. */
function adviceFor({ status, errorInfo }: Answer): string {
  if (status === undefined) return "Give the output CallbackUrl, and look at docs/runbook.md#server-errors";
  if (status >= 500) return "See docs/runbook.md#server-errors";
  if (status === 429) return "See docs/runbook.md#gateway-throttled";
  if (status === 403) return "The SDKAppID is not the stack's: see docs/runbook.md#refusals";
  if (status !== 401) return OTHER;
  return errorInfo.startsWith("RequestTime is")
    ? "Set this machine's clock right: it is further off than clockSkewSeconds allow"
    : "The token is not the stack's: see docs/runbook.md#refusals";
}
