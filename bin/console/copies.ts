import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import type { CopiedCallback, Copies, Signing, SystemState } from "./protocol.ts";

/** Where a copied callback is sent to. */
type Endpoint = Pick<SystemState, "callbackUrl" | "sdkAppId">;

/** A callback in all forms in which it can be copied. */
export function copiesOf(callback: CopiedCallback, endpoint: Endpoint): Copies {
  const fixture = asFixture(callback);
  return {
    curl: asCurl(callback, endpoint),
    send: asSend(callback, endpoint),
    ...(fixture !== undefined && { fixture }),
  };
}

/**
 * A shell command that signs and posts a callback with `curl` and `openssl`, on macOS and Linux. The reader fills in the token:
 * the console does not give it away.
 */
export function asCurl({ command, body, signing = "correct" }: CopiedCallback, endpoint: Endpoint): string {
  const {
    time = "$(date +%s)",
    signed = '"$TOKEN$TIME"',
    sign = "&Sign=$SIGN",
    sdkAppId = endpoint.sdkAppId,
  } = DIFFERENCES[signing];
  const query = `CallbackCommand=${encodeURIComponent(command)}&RequestTime=$TIME&SdkAppid=${encodeURIComponent(sdkAppId)}`;
  return [
    "TOKEN='paste the token that npm start printed'",
    `TIME=${time}`,
    `SIGN=$(printf %s ${signed} | openssl dgst -sha256 -r | cut -d ' ' -f 1)`,
    `${printed(body)} | curl -sS --data-binary @- -H 'Content-Type: application/json' \\`,
    `  "${endpoint.callbackUrl}?${query}${sign}&contenttype=json"`,
  ].join("\n");
}

/** The parts of the shell command that differ from those of a correct signature. */
const DIFFERENCES: Readonly<Record<Signing, { time?: string; signed?: string; sign?: string; sdkAppId?: string }>> = {
  correct: {},
  wrong: { signed: '"$TIME"' },
  "too old": { time: "$(($(date +%s) - 3600))" },
  "too early": { time: "$(($(date +%s) + 3600))" },
  unsigned: { sign: "" },
  "other app": { sdkAppId: "1" },
  repeated: { sign: "&Sign=$SIGN&Sign=$SIGN" },
};

/**
 * The `npm run send` that posts a callback, correctly signed: with options as far as they can describe the body, and otherwise
 * with the body on standard input. Times that the reader did not change become the current ones.
 */
export function asSend(callback: CopiedCallback, { callbackUrl }: Pick<Endpoint, "callbackUrl">): string {
  const send = `npm run send -- --url=${quoted(callbackUrl)}`;
  const options = reportOptions(callback) ?? sampleOptions(callback);
  if (options?.every((option) => !CONTROL.test(option))) return [send, ...options.map(quotedOption)].join(" ");
  return `${printed(callback.body)} | ${send} --command=${quoted(callback.command)} --body=/dev/stdin`;
}

/**
 * The line of `local/documented-callbacks.jsonl` that describes a callback, for use in a test.
 *
 * @returns `undefined` if the body is no JSON
 */
export function asFixture({ command, body, sample }: CopiedCallback): string | undefined {
  const text = withoutSpace(body);
  if (parse(text) === undefined) return undefined;
  const { shape, body: original } = sample ?? { shape: "captured", body };
  const name = text === withoutSpace(original) ? shape : `${shape}, edited`;
  return `{"command": ${JSON.stringify(command)}, "shape": ${JSON.stringify(name)}, "body": ${text}}`;
}

/** Below it, `npm run send` takes a number for seconds; at or above it, for milliseconds. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** The options that describe a read report. */
function reportOptions({ command, body, sample }: CopiedCallback): string[] | undefined {
  const report = parseExactly(body);
  if (
    command !== READ_REPORT_COMMAND ||
    Object.keys(report ?? {})
      .sort()
      .join() !== REPORT_FIELDS
  )
    return undefined;
  const { CallbackCommand, Report_Account, Peer_Account, LastReadTime, UnreadMsgNum, EventTime } = report ?? {};
  const isDescribed =
    CallbackCommand === command &&
    typeof Report_Account === "string" &&
    typeof Peer_Account === "string" &&
    [LastReadTime, UnreadMsgNum, EventTime].every((value) => Number.isSafeInteger(value) && Number(value) >= 0) &&
    Number(LastReadTime) < FIRST_MILLISECONDS &&
    Number(EventTime) >= FIRST_MILLISECONDS;
  if (!isDescribed) return undefined;
  const original = sample && parse(sample.body);
  return [
    `--reader=${Report_Account}`,
    `--peer=${Peer_Account}`,
    `--unread=${UnreadMsgNum}`,
    ...(LastReadTime === original?.["LastReadTime"] ? [] : [`--last-read-time=${LastReadTime}`]),
    ...(EventTime === original?.["EventTime"] ? [] : [`--event-time=${EventTime}`]),
  ];
}

/** In alphabetical order. */
const REPORT_FIELDS = "CallbackCommand,EventTime,LastReadTime,Peer_Account,Report_Account,UnreadMsgNum";

/** The options that change a documented sample into a body. */
function sampleOptions({ command, body, sample }: CopiedCallback): string[] | undefined {
  const changes = sample && changedFields(parseExactly(sample.body), parseExactly(body));
  if (changes === undefined) return undefined;
  const isReport = command === READ_REPORT_COMMAND;
  return [
    ...(isReport ? [] : [`--command=${command}`]),
    ...(isReport || sample?.number !== 1 ? [`--sample=${sample?.number}`] : []),
    ...changes.map((change) => `--set=${change}`),
  ];
}

/**
 * The values that differ between two of the same structure, each as `Info.To_Account=bob`: `npm run send` takes text for a
 * field that holds text, and JSON for others.
 *
 * @returns `undefined` if fields were added, removed, or changed in a way that the option can't express
 */
function changedFields(from: unknown, to: unknown, path: readonly string[] = []): string[] | undefined {
  if (from === undefined || to === undefined) return undefined;
  if (isContainer(from) && isContainer(to)) {
    const keys = Object.keys(from);
    if (Array.isArray(from) !== Array.isArray(to) || keys.join("\n") !== Object.keys(to).join("\n")) return undefined;
    const changes = keys.map((key) => changedFields(from[key], to[key], [...path, key]));
    return changes.every((change) => change !== undefined) ? changes.flat() : undefined;
  }
  if (from === to) return [];
  if (isContainer(from) || isContainer(to) || path.some((key) => /[.=]/.test(key))) return undefined;
  if (typeof from !== "string") return [`${path.join(".")}=${JSON.stringify(to)}`];
  return typeof to === "string" ? [`${path.join(".")}=${to}`] : undefined;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses an object whose text parsing keeps, unlike that of `1.0`, numbers of 17 digits and repeated names. */
function parseExactly(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parse(text);
  return JSON.stringify(value) === withoutSpace(text) && isContainer(value) ? value : undefined;
}

/** Removes the spaces between a JSON text's parts. */
function withoutSpace(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, "$1");
}

/** Characters on which a terminal acts when they are pasted into it. */
const CONTROL = /(?!\n)\p{Cc}/u;

/** A shell command that prints a text and nothing else, whatever the text holds. */
function printed(text: string): string {
  if (!CONTROL.test(text)) return `printf %s ${quoted(text)}`;
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("%", "%%");
  const bytes = (character: string) =>
    [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `printf ${quoted(escaped.replaceAll(new RegExp(CONTROL, "gu"), bytes))}`;
}

function quotedOption(option: string): string {
  const [, name = "", value = ""] = /^(--[a-z-]+=)(.*)$/s.exec(option) ?? [];
  return name + quoted(value);
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return /^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
