import type { ChatEvent } from "../../events/chat-event.ts";
import type { Forwarding } from "../../events/forwarding.ts";
import { METRICS_MESSAGE, REFUSED_MESSAGE } from "../../functions/metrics.ts";
import { claimedCommand } from "../../local/claimed-command.ts";
import type { Observer } from "../../local/local-system.ts";
import type { Ready } from "../../local/ready-file.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { isEmptyBody } from "../../tencent/json.ts";
import type { Print } from "../shared/command.ts";
import { describeEvent } from "../shared/describe-event.ts";
import { maskText } from "../shared/mask-secrets.ts";
import { printable } from "../shared/printable.ts";

/** Prints what the local system does. */
export interface Reporter extends Observer {
  /**
   * Prints what a user needs to use the system, before anything else.
   *
   * @param eventBusName the bus that the callback function puts events on, if it is not a queue
   */
  ready(ready: Ready, eventBusName?: string): void;
}

/**
 * Creates the reporter for people, who get a page to begin with, then a line for each thing that happens.
 *
 * @param forwarding the callbacks that become events in addition to the read report
 * @param relayUrl the existing handler's URL, if there is one
 */
export function humanReporter(print: Print, forwarding: Forwarding, relayUrl?: string): Reporter {
  const say = afterReady((kind: string, text: string) => {
    print(printable(`${new Date().toTimeString().slice(0, 8)}  ${kind.padEnd(9)}  ${text}`));
  });
  return {
    ready(ready, eventBusName) {
      print(welcome(ready, eventBusName, relayUrl));
      say.start();
    },
    request() {},
    exchange({ request, statusCode, responseBody, milliseconds }) {
      const { status, isDenial, reason } = readReply(statusCode, responseBody);
      const claimed = claimedCommand(request);
      const command = claimed ?? `${request.method} ${request.path}`;
      const why = status === "OK" && !isDenial ? explainNoEvent(claimed, request.body, forwarding) : reason;
      say.line(`${statusCode} ${status}`, describeCall(command, why, milliseconds));
    },
    relayed({ command = "", reply, problem = "", milliseconds }) {
      const { status, reason } = reply ? readReply(reply.statusCode, reply.body) : { status: "", reason: problem };
      const outcome = [reply?.statusCode, status, reason].filter(Boolean).join(" ");
      say.line("relayed", describeCall(command, outcome, milliseconds));
    },
    sent({ queueName, body, dropped }) {
      const description = describeMessage(body);
      if (description === undefined)
        say.line("message", `not an event, such as a request that waits to be authenticated  in ${queueName}`);
      else say.line(dropped ? "repeat" : "event", `${description}  ${dropped ? "dropped by" : "in"} ${queueName}`);
    },
    log(functionName, line) {
      if (!isRoutine(line)) say.line("log", `${functionName}  ${line}`);
    },
    failure({ message }) {
      say.line("failure", message);
    },
  };
}

function welcome(
  { callbackUrl, consoleUrl, sdkAppId, token, queueUrl, standbyQueueUrl }: Ready,
  eventBusName?: string,
  relayUrl?: string,
): string {
  return `
Tencent's callbacks become events on this machine.

${consoleUrl === undefined ? "" : `  Console           ${consoleUrl}\n`}\
  Callback URL      ${callbackUrl}
  SDKAppID          ${sdkAppId}
  Token             ${token}
${eventBusName === undefined ? "" : `  Event bus         ${eventBusName}\n`}\
  Queue             ${queueUrl}
  Standby queue     ${standbyQueueUrl}
${relayUrl === undefined ? "" : `  Existing handler  ${relayUrl}\n`}\

Send a read report from another terminal:

  npm run send -- --url ${callbackUrl} --sdk-app-id ${sdkAppId} --token ${quoteForShell(token)}

Ctrl+C stops it.
`;
}

/** Describes a call on one line, whatever its command. */
function describeCall(command: string, outcome: string, milliseconds: number): string {
  const subject = /^[\w./ -]+$/.test(command) ? command : JSON.stringify(command);
  return `${subject}  ${outcome && `${outcome}  `}${milliseconds.toFixed(1)} ms`;
}

/** Explains why a callback that was answered with OK does not become an event; empty if it does, as far as its command tells. */
function explainNoEvent(command: string | undefined, body: Buffer, forwarding: Forwarding): string {
  if (isEmptyBody(body)) return "no event: Verify";
  if (!command || command === READ_REPORT_COMMAND || forwarding.has(command)) return "";
  return isBeforeCallback(command)
    ? "no event: a before-callback is only forwarded by its own name"
    : "no event: not forwarded";
}

/** Quotes a word for a shell, if it needs quotes. */
function quoteForShell(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Creates the reporter for programs: one JSON object per line, the first of type `ready`. */
export function jsonReporter(print: Print): Reporter {
  const say = afterReady((type: string, fields: object) => print(JSON.stringify({ type, ...fields })));
  return {
    ready(ready) {
      print(JSON.stringify({ type: "ready", ...ready }));
      say.start();
    },
    request() {},
    exchange({ request, statusCode, responseBody, milliseconds }) {
      const { method, path } = request;
      const command = claimedCommand(request);
      const { status: verdict, reason } = readReply(statusCode, responseBody);
      say.line("callback", { method, path, command, statusCode, verdict, reason, milliseconds });
    },
    relayed({ reply, ...call }) {
      const { status: verdict, reason } = reply ? readReply(reply.statusCode, reply.body) : {};
      say.line("relayed", { ...call, statusCode: reply?.statusCode, verdict, reason });
    },
    sent({ queueName, body, dropped }) {
      // A parked request's body holds its signature.
      if (describeMessage(body) === undefined) say.line("message", { queueName });
      else say.line(dropped ? "repeat" : "event", { queueName, body });
    },
    log(functionName, line) {
      say.line("log", { functionName, line });
    },
    failure({ message }) {
      say.line("failure", { message });
    },
  };
}

/** Holds lines back until the page that comes first has been printed. */
function afterReady<Line extends unknown[]>(print: (...line: Line) => void) {
  let early: Line[] | undefined = [];
  return {
    line(...line: Line): void {
      if (early) early.push(line);
      else print(...line);
    },
    start(): void {
      for (const line of early ?? []) print(...line);
      early = undefined;
    },
  };
}

/** Reads a reply: whether it accepted the callback, or denies what a user asks for, and why. A handler may quote the query there. */
function readReply(
  statusCode: number,
  responseBody: string,
): { status: "OK" | "FAIL"; isDenial: boolean; reason: string } {
  try {
    const { ActionStatus, ErrorCode, ErrorInfo, message } = JSON.parse(responseBody) as Record<string, unknown>;
    const explanation = maskText(String(ErrorInfo ?? message ?? ""));
    const status = ActionStatus === "OK" ? "OK" : "FAIL";
    const isDenial = status === "OK" && ErrorCode !== undefined && ErrorCode !== 0;
    return {
      status,
      isDenial,
      reason: isDenial ? `not allowed: ${maskText(String(ErrorCode))} ${explanation}` : explanation,
    };
  } catch {
    return { status: "FAIL", isDenial: false, reason: `status ${statusCode} without JSON` };
  }
}

/** Describes an event on one line; `undefined` for other messages, such as a request that waits to be authenticated. */
function describeMessage(body: string): string | undefined {
  try {
    const event = JSON.parse(body) as ChatEvent;
    return `${describeEvent(event)}  ${event.detail.metadata.deduplicationId.slice(0, 12)}…`;
  } catch {
    return undefined;
  }
}

/** Whether the function logs a line all the time, or the line of the callback says it better. */
function isRoutine(line: string): boolean {
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    return message === METRICS_MESSAGE || message === REFUSED_MESSAGE;
  } catch {
    return false;
  }
}
