import { HANDLER_UNTIL_MS } from "../../functions/callback/deadlines.ts";
import { ADDRESS_NOT_ALLOWED } from "../../functions/judge-callback.ts";
import type { RelayTarget } from "../../functions/relay-target.ts";
import { EXPIRED, UNSIGNED } from "../../tencent/authenticate.ts";
import { HANDLER_FAILED } from "../../tencent/reply.ts";
import type { CallbackTarget } from "../shared/callback-target.ts";
import { maskText } from "../shared/mask-secrets.ts";
import type { Reply } from "../shared/post-callback.ts";
import { type Answer, type Deviation, FORGED, parseObject, sendProbe } from "../shared/send-probe.ts";
import { checkConnection } from "./check-connection.ts";
import type { Finding, Findings } from "./finding.ts";

/** An existing handler, and the endpoint that relays callbacks to it. */
export interface Relaying {
  readonly handler: RelayTarget;
  readonly endpoint: CallbackTarget;
  /** The URLs at which the endpoint takes callbacks. */
  readonly ownUrls: readonly string[];
  /** Whether the handler is known to be the one that the endpoint relays to. */
  readonly isConfigured: boolean;
}

/** Little of what the handler may take is left for the way from the function's network. */
const SLOW_MS = 1_000;
/**
 * How long ago a message to another endpoint is signed. A loop of two endpoints repeats a request up to 900 times a second, on one
 * machine, until `RequestTime` expires: after 60 s by default.
 */
const LOOP_PROBE_AGE_SECONDS = 50;

const MESSAGE_COMMAND = "C2C.CallbackBeforeSendMsg";
const THROUGH = "message through the endpoint";
const RUNBOOK = "docs/runbook.md#relay-failed";

/** How only endpoints of this project reply to an unsigned request. */
const OUR_REFUSALS: ReadonlySet<string> = new Set([UNSIGNED, ADDRESS_NOT_ALLOWED]);

/** What is posted to the handler, unsigned and signed. */
interface Probe {
  readonly name: string;
  readonly deviation: Deviation;
}

/** Changes nothing at any handler; not every handler takes it. */
const VERIFY: Probe = { name: "Verify", deviation: {} };

/**
 * Checks an existing handler directly, and whether callbacks reach it through the endpoint or come back to the endpoint.
 *
 * @param moderate whether to let the handler judge a message of the user "doctor". Through the endpoint, another endpoint of this
 *   project gets it in any case, because nothing else shows a loop
 */
export async function* checkHandler(relaying: Relaying, moderate: boolean): Findings {
  const { handler, endpoint, ownUrls } = relaying;
  const ownUrl = ownUrls.find((url) => isSamePlace(new URL(url), handler.url));
  if (ownUrl !== undefined) {
    yield loop(
      `relayUrl is ${withoutQuery(handler.url)}, the endpoint's own URL: every before-callback fails with 502`,
    );
    return;
  }
  const connection = await checkConnection(handler.url);
  const subject = "connection to the handler";
  if (connection.verdict === "FAIL") {
    yield { ...connection, subject, advice: UNREACHABLE };
    return;
  }
  yield { ...connection, subject };

  const target = { ...endpoint, url: handler.url };
  if (endpoint.token === undefined) {
    yield replyFinding("unsigned", VERIFY, await sendProbe(target, FORGED.unsigned), handler.url);
    if (moderate) yield notSent("authentication is 'none': in a loop of several endpoints, it would never expire");
    return;
  }
  const probe = moderate ? messageProbe() : VERIFY;
  const unsigned = await sendProbe(target, { ...probe.deviation, ...FORGED.unsigned });
  const isEndpoint = OUR_REFUSALS.has(unsigned.errorInfo);
  const signedProbe = isEndpoint ? VERIFY : probe;
  const signed = await sendProbe(target, signedProbe.deviation);
  yield replyFinding("signed", signedProbe, signed, handler.url);
  if (signed.reply === undefined) return;
  yield unsignedFinding(probe, unsigned);
  if (isEndpoint) yield await checkRelayed(relaying, "endpoint");
  else if (moderate) yield await checkRelayed(relaying, signed);
}

/** Whether two URLs lead to one place, even if written differently: letter case, default port, a slash at the end. */
function isSamePlace(one: URL, another: URL): boolean {
  const [first, second] = [one, another].map(({ host, pathname }) => `${host}${pathname.replace(/\/+$/, "")}`);
  return first?.toLowerCase() === second?.toLowerCase();
}

/** A text message of a user that does not exist, to itself, in the form that Tencent documents (https://www.tencentcloud.com/document/product/1047/34364). */
function messageProbe(): Probe {
  const now = Math.floor(Date.now() / 1000);
  const body = {
    CallbackCommand: MESSAGE_COMMAND,
    From_Account: "doctor",
    To_Account: "doctor",
    MsgSeq: 1,
    MsgRandom: 1,
    MsgTime: now,
    MsgKey: `1_1_${now}`,
    OnlineOnlyFlag: 1,
    MsgBody: [{ MsgType: "TIMTextElem", MsgContent: { Text: "doctor" } }],
    CloudCustomData: "",
  };
  return { name: "message", deviation: { command: MESSAGE_COMMAND, body } };
}

const UNREACHABLE = `Correct relayUrl, or the handler: it must be reachable from the internet, with a certificate of a public authority. See ${RUNBOOK}`;

/** Judges the handler's reply to a probe that the endpoint accepts as the endpoint would. */
function replyFinding(signing: "signed" | "unsigned", { name, deviation }: Probe, answer: Answer, url: URL): Finding {
  const { reply, summary, milliseconds } = answer;
  const subject = `${signing} ${name} to the handler`;
  const fail = (meaning: string, advice = `See ${RUNBOOK}`): Finding => ({ verdict: "FAIL", subject, meaning, advice });
  if (reply === undefined) return fail(summary, UNREACHABLE);
  const { status } = reply;
  // Whether the handler allows or forbids does not matter here.
  const answered = `answered with ${status}`;
  if (answer.errorInfo === ADDRESS_NOT_ALLOWED) {
    const meaning = `${answered}: it is an endpoint of this project that does not accept this machine's address`;
    return { verdict: "note", subject, meaning, advice: "Run it again from an address that it accepts" };
  }
  if (status >= 300 && status < 400) {
    const meaning = `${answered}, a redirect to ${redirectTarget(reply, url)}, which is not followed`;
    return fail(meaning, "Set relayUrl to the URL that replies");
  }
  if (status === 401 || status === 403) {
    if (signing === "unsigned") {
      const meaning = `${answered}: if Tencent does not sign its callbacks, the handler refuses them all`;
      const advice = "Switch authentication on in the Chat console: docs/runbook.md#change-the-authentication";
      return { verdict: "note", subject, meaning, advice };
    }
    return fail(
      `${answered}, although it is signed with the endpoint's token`,
      "The handler must verify with the same token, for the same SDKAppID, and accept the addresses of the function and of this machine",
    );
  }
  if (reply.isTooLarge) return fail(`${answered} and more than 64 KiB, which is too large to pass on`);
  const isJson = isValidJson(reply.text);
  if (status !== 200 || !isJson) {
    const meaning = `${answered}${isJson ? "" : " and a body that is not JSON"}; expected 200 and JSON`;
    if (deviation.body !== undefined) return fail(meaning);
    const way = signing === "signed" ? ": run it again with --moderate to be sure" : "";
    const advice = `That may be fine, because a Verify is not relayed${way}`;
    return { verdict: "note", subject, meaning, advice };
  }
  return speedFinding(subject, milliseconds);
}

/** Compares the time of a valid reply, in milliseconds, with how long the endpoint waits for it. */
export function speedFinding(subject: string, milliseconds: number): Finding {
  const meaning =
    `answered with 200 and JSON in ${milliseconds} ms; the endpoint waits until ${HANDLER_UNTIL_MS} ms after receipt ` +
    "(measured from this machine, not from the function)";
  if (milliseconds <= SLOW_MS) return { verdict: "ok", subject, meaning };
  return {
    verdict: milliseconds > HANDLER_UNTIL_MS ? "FAIL" : "note",
    subject,
    meaning,
    advice: "Make the handler faster, or before-callbacks fail with 502, unless the network from here is slow",
  };
}

function withoutQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** Where a redirect leads, without the query and without a signature that the path repeats. */
function redirectTarget({ location = "" }: Reply, base: URL): string {
  const target = URL.parse(location, base.href);
  return target === null ? "an invalid URL" : maskText(withoutQuery(target));
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Judges the handler's answer to an unsigned probe. */
function unsignedFinding({ name }: Probe, { summary, reply }: Answer): Finding {
  const subject = `unsigned ${name} to the handler`;
  if (reply === undefined) return { verdict: "FAIL", subject, meaning: summary, advice: UNREACHABLE };
  const isAccepted = reply.status === 200 && parseObject(reply.text)["ActionStatus"] === "OK";
  if (!isAccepted) return { verdict: "ok", subject, meaning: `not accepted (${summary})` };
  return {
    verdict: "note",
    subject,
    meaning: "accepted: if the handler verifies nothing, anyone who knows its URL can post callbacks to it",
    advice: "Let it verify Sign, which is relayed as it arrived",
  };
}

/**
 * Sends a message through the endpoint.
 *
 * @param direct the handler's answer to the same message without the endpoint; "endpoint" if the handler is one of this project
 */
async function checkRelayed(
  { handler, endpoint, isConfigured }: Relaying,
  direct: Answer | "endpoint",
): Promise<Finding> {
  if (!handler.has(MESSAGE_COMMAND)) return notSent(`${MESSAGE_COMMAND} is not among relayCommands`);
  const { deviation } = messageProbe();
  const isEndpoint = direct === "endpoint";
  const answer = await sendProbe(endpoint, isEndpoint ? { ...deviation, age: LOOP_PROBE_AGE_SECONDS } : deviation);
  const { summary, errorInfo } = answer;
  if (isEndpoint && errorInfo.startsWith(EXPIRED)) {
    return {
      verdict: "note",
      subject: THROUGH,
      meaning: `refused, because it was signed ${LOOP_PROBE_AGE_SECONDS} s ago to end a loop soon; no loop can be seen`,
      advice: "Check the relayUrl of the endpoint that this one relays to: it must not lead back",
    };
  }
  if (isEndpoint && errorInfo === HANDLER_FAILED) {
    return loop(
      `${withoutQuery(handler.url)} is an endpoint of this project, and a message relayed to it got no reply: it is this ` +
        "endpoint under another name, or relays back to this one; if it has a handler of its own, that handler may have failed instead",
    );
  }
  const advice = `See ${RUNBOOK}`;
  if (errorInfo === HANDLER_FAILED) {
    const meaning = `${summary}: the function got no valid reply from the handler in time`;
    return { verdict: "FAIL", subject: THROUGH, meaning, advice };
  }
  // The handler may accept the function's address, but not this machine's.
  const expected = isEndpoint || direct.status !== 200 ? undefined : direct;
  if (answer.status !== 200 || (expected && verdictOf(answer) !== verdictOf(expected))) {
    const meaning = `${summary}; ${expected ? `without the endpoint, the handler ${expected.summary}` : "expected 200"}`;
    return { verdict: "FAIL", subject: THROUGH, meaning, advice };
  }
  const found = [summary, ...(isEndpoint ? ["no loop"] : []), ...(expected ? ["the handler's verdict"] : [])].join(
    ", ",
  );
  const doubt = isConfigured || !answer.isOk ? "" : "; an endpoint that does not relay answers the same";
  return { verdict: "ok", subject: THROUGH, meaning: `${found}${doubt}` };
}

function notSent(reason: string): Finding {
  return { verdict: "note", subject: THROUGH, meaning: `not sent, because ${reason}` };
}

/** The parts of a reply that decide what Tencent does. */
function verdictOf({ reply }: Answer): string {
  const { ActionStatus, ErrorCode } = parseObject(reply?.text ?? "");
  return JSON.stringify([reply?.status, ActionStatus, ErrorCode]);
}

function loop(meaning: string): Finding {
  const advice = `Set relayUrl to the handler that got the callbacks before this endpoint. See ${RUNBOOK}`;
  return { verdict: "FAIL", subject: "loop", meaning, advice };
}
