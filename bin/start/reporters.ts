import type { ChatEvent } from "../../events/chat-event.ts";
import type { Forwarding } from "../../events/forwarding.ts";
import type { Observer } from "../../local/local-system.ts";
import type { Ready } from "../../local/ready-file.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { summarise } from "../shared/summarise.ts";

/** Tells what the local system does. */
export interface Reporter extends Observer {
  /** The first thing said: the system can be used. */
  ready(ready: Ready): void;
}

/**
 * For people: a page to begin with, then a line for whatever happens.
 *
 * @param forwarding what becomes an event beside the read report
 */
export function humanReporter(forwarding: Forwarding): Reporter {
  const say = afterReady((kind: string, text: string) => {
    console.log(`${new Date().toTimeString().slice(0, 8)}  ${kind.padEnd(9)}  ${text}`);
  });
  return {
    ready({ callbackUrl, sdkAppId, token, queueUrl, standbyQueueUrl }) {
      console.log(`
Tencent's callbacks become events on this machine.

  Callback URL   ${callbackUrl}
  SDKAppID       ${sdkAppId}
  Token          ${token}
  Queue          ${queueUrl}
  Standby queue  ${standbyQueueUrl}

Send a read report from another terminal:

  npm run send -- --url ${callbackUrl} --sdk-app-id ${sdkAppId} --token ${quoteForShell(token)}

Ctrl+C ends it.
`);
      say.start();
    },
    exchange({ method, path, query, statusCode, responseBody, milliseconds }) {
      const { verdict, reason } = judge(statusCode, responseBody);
      const command = query.get("CallbackCommand") ?? `${method} ${path}`;
      const why = verdict === "OK" ? explainNoEvent(query.get("CallbackCommand"), forwarding) : reason;
      // Whatever a sender may call it, it stays one line.
      const what = /^[\w./ -]+$/.test(command) ? command : JSON.stringify(command);
      say.line(`${statusCode} ${verdict}`, `${what}  ${why && `${why}  `}${milliseconds.toFixed(1)} ms`);
    },
    message({ queueName, body, dropped }) {
      const summary = describeMessage(body);
      if (summary === undefined)
        say.line("message", `no event, such as a request that waits to be authenticated  in ${queueName}`);
      else say.line(dropped ? "repeat" : "event", `${summary}  ${dropped ? "dropped by" : "in"} ${queueName}`);
    },
    log(functionName, line) {
      if (!isRoutine(line)) say.line("log", `${functionName}  ${line}`);
    },
    failure({ message }) {
      say.line("failure", message);
    },
  };
}

/** Why a callback that was answered OK becomes no event, if it becomes none, as far as its command tells. */
function explainNoEvent(command: string | null, forwarding: Forwarding): string {
  if (!command || command === READ_REPORT_COMMAND || forwarding.has(command)) return "";
  return isBeforeCallback(command)
    ? "no event, as a before-callback has to be named itself"
    : "no event, as it is not forwarded";
}

/** A word as a shell takes it. */
function quoteForShell(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** For programs: one JSON object a line, the first of type `ready`. */
export function jsonReporter(): Reporter {
  const say = afterReady((type: string, fields: object) => console.log(JSON.stringify({ type, ...fields })));
  return {
    ready(ready) {
      console.log(JSON.stringify({ type: "ready", ...ready }));
      say.start();
    },
    exchange({ method, path, query, statusCode, responseBody, milliseconds }) {
      const command = query.get("CallbackCommand") ?? undefined;
      say.line("callback", { method, path, command, statusCode, ...judge(statusCode, responseBody), milliseconds });
    },
    message({ queueName, body, dropped }) {
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

/** Keeps lines back until the page that comes first has been printed. */
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

/** What the endpoint answered, in its own words. */
function judge(statusCode: number, responseBody: string): { verdict: "OK" | "FAIL"; reason: string } {
  try {
    const { ActionStatus, ErrorInfo, message } = JSON.parse(responseBody) as Record<string, string>;
    return { verdict: ActionStatus === "OK" ? "OK" : "FAIL", reason: ErrorInfo ?? message ?? "" };
  } catch {
    return { verdict: "FAIL", reason: `status ${statusCode} without JSON` };
  }
}

/** An event in one line; `undefined` for what is none: a request that waits to be authenticated, or somebody's own message. */
function describeMessage(body: string): string | undefined {
  try {
    const event = JSON.parse(body) as ChatEvent;
    return `${summarise(event)}  ${event.detail.metadata.deduplicationId.slice(0, 12)}…`;
  } catch {
    return undefined;
  }
}

/** What the function logs of any day's work, and what the line of its exchange says better. */
function isRoutine(line: string): boolean {
  return /"message":"(metrics|a callback was refused)"/.test(line);
}
