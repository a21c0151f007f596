import { formatTime } from "./format-time.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** The longest text of a line. */
const WIDTH = 160;

/**
 * Formats a line of a trace, without secrets. Of JSON, such as a line of a function's log or its reply, the parts are shown that tell
 * what happened.
 *
 * @param time virtual milliseconds since the start of the run
 */
export function formatTraceLine(time: number, text: string): string {
  const jsonStart = text.indexOf("{");
  const shown = withoutSecrets(jsonStart < 0 ? text : text.slice(0, jsonStart) + summarise(text.slice(jsonStart)));
  const cut = shown.length > WIDTH ? `${shown.slice(0, WIDTH)}…` : shown;
  return `${formatTime(time)}.${String(time % 1000).padStart(3, "0")}  ${cut}`;
}

function summarise(json: string): string {
  try {
    const content = JSON.parse(json) as Readonly<Record<string, unknown>>;
    if ("statusCode" in content) return summariseReply(content);
    return "batchItemFailures" in content ? summariseBatch(content) : summariseLogLine(content);
  } catch {
    // Broken code may write or return anything.
    return json;
  }
}

function summariseReply({ statusCode, body }: Readonly<Record<string, unknown>>): string {
  const { ActionStatus, ErrorInfo } = JSON.parse(String(body)) as { ActionStatus: string; ErrorInfo: string };
  return `${statusCode} ${ErrorInfo || ActionStatus}`;
}

function summariseBatch({ batchItemFailures }: Readonly<Record<string, unknown>>): string {
  const { length } = batchItemFailures as readonly unknown[];
  return length === 0 ? "and leaves no message" : `and leaves ${length} on standby`;
}

/** Without the time, which the trace has, and what is the same in all lines. */
function summariseLogLine(line: Readonly<Record<string, unknown>>): string {
  const { timestamp: _time, level, message, _aws: _format, SdkAppId: _app, ...fields } = line;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [level, message, ...details].join(" ");
}
