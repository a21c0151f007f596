import { readFile } from "node:fs/promises";
import { explainUndocumented } from "../lib/undocumented-commands.ts";
import { readReadyFile } from "../local/ready-file.ts";
import { COMMAND_NAME, commandPage, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import { readInteger, readOptions, readUrl, runCommand, UsageError } from "./shared/command.ts";

/** What Tencent waits for the whole call. */
const TENCENTS_PATIENCE_MS = 2_000;
const OUR_PATIENCE_MS = 15_000;

/** The options that describe a read report. */
const REPORT_OPTIONS = ["reader", "peer", "last-read-time", "unread", "event-time"] as const;

// Signs one callback and posts it as Tencent does; token and app come from the running local system unless given.
await runCommand(async () => {
  const now = Date.now();
  const options = readOptions({
    url: { type: "string", default: "http://127.0.0.1:8787/callback" },
    "sdk-app-id": { type: "string" },
    token: { type: "string" },
    reader: { type: "string" },
    peer: { type: "string" },
    "last-read-time": { type: "string" },
    unread: { type: "string" },
    "event-time": { type: "string" },
    command: { type: "string" },
    body: { type: "string" },
  });
  const { url } = options;
  const signedUrl = readUrl(url);
  // Without a query, which may have been copied along and is a secret.
  const shown = `${signedUrl.origin}${signedUrl.pathname}`;
  const local = await readReadyFile(url);
  const token = options.token ?? local?.token;
  if (token === undefined) {
    throw new UsageError(
      `--token is missing: expected the callback token of ${shown}. 'npm start' prints the local one; 'npm run send' ` +
        "finds it by itself while the local system runs at that URL.",
    );
  }

  const file = options.body === undefined ? undefined : await readBody(options.body);
  const command = options.command ?? commandIn(file) ?? READ_REPORT_COMMAND;
  if (!COMMAND_NAME.test(command)) {
    throw new UsageError(`--command is '${command}': expected a callback's name, such as ${READ_REPORT_COMMAND}`);
  }
  for (const sentence of explainUndocumented([command])) console.error(`--command: ${sentence}.`);
  const body = file === undefined ? createReport(command, options, now) : onlyBody(file, options);
  signedUrl.search = signedQuery({
    sdkAppId: options["sdk-app-id"] ?? local?.sdkAppId ?? "1400000001",
    token,
    command,
    requestTime: Math.floor(now / 1000),
  });

  const startedAt = performance.now();
  const { status, text } = await post(signedUrl, body, shown);
  const milliseconds = performance.now() - startedAt;
  console.log(`${status} ${text}`);
  console.log(`${Math.round(milliseconds)} ms`);
  if (milliseconds > TENCENTS_PATIENCE_MS) console.log("Tencent would have given up after 2 s.");
  process.exitCode = status === 200 && isOk(text) ? 0 : 1;
});

type ReportOptions = { readonly [Option in (typeof REPORT_OPTIONS)[number]]?: string | undefined };

/** The read report that the options describe. */
function createReport(command: string, options: ReportOptions, now: number): string {
  if (command !== READ_REPORT_COMMAND) {
    const page = commandPage(command);
    throw new UsageError(
      `--body is missing: expected the file with the body of ${command}${page === undefined ? "" : `, as ${page} describes it`}`,
    );
  }
  return JSON.stringify({
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: options.reader ?? "alice",
    Peer_Account: options.peer ?? "bob",
    LastReadTime: readInteger("last-read-time", options["last-read-time"] ?? String(Math.floor(now / 1000))),
    UnreadMsgNum: readInteger("unread", options.unread ?? "0"),
    EventTime: readInteger("event-time", options["event-time"] ?? String(now)),
  });
}

function onlyBody(body: Buffer, options: ReportOptions): Buffer {
  const given = REPORT_OPTIONS.filter((option) => options[option] !== undefined);
  if (given.length === 0) return body;
  throw new UsageError(`--${given.join(", --")} beside --body, which says all there is: leave out one or the other`);
}

/** The bytes of a file, whatever they are: what the endpoint makes of them is what is to be tried. */
async function readBody(file: string): Promise<Buffer> {
  return readFile(file).catch((error: Error) => {
    throw new UsageError(`--body can't be read: ${error.message}`);
  });
}

/** The command that a body names itself, as most do. */
function commandIn(body: Buffer | undefined): string | undefined {
  try {
    const { CallbackCommand } = JSON.parse(String(body)) as { CallbackCommand?: unknown };
    return typeof CallbackCommand === "string" ? CallbackCommand : undefined;
  } catch {
    return undefined;
  }
}

async function post(signedUrl: URL, body: string | Buffer, shown: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(signedUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(OUR_PATIENCE_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    // Not its message, which may hold the signed URL: that is a secret.
    const { cause, name } = error as Error & { cause?: NodeJS.ErrnoException };
    const hint = signedUrl.hostname === "127.0.0.1" ? " Is it running? 'npm start' runs it." : "";
    throw new UsageError(`No answer from ${shown}: ${cause?.code ?? name}.${hint}`);
  }
}

function isOk(text: string): boolean {
  try {
    return (JSON.parse(text) as { ActionStatus?: unknown }).ActionStatus === "OK";
  } catch {
    return false;
  }
}
