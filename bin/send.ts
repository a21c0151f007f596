import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { explainUndocumented } from "../lib/undocumented-commands.ts";
import { COMMAND_NAME, commandPage, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import { LOCAL_CALLBACK_URL, readTarget } from "./shared/callback-target.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { readInteger } from "./shared/option-values.ts";
import { NoReplyError, postCallback, type Reply } from "./shared/post-callback.ts";
import { printable } from "./shared/printable.ts";

/** How long Tencent waits for the whole reply. */
const TENCENT_TIMEOUT_MS = 2_000;
const TIMEOUT_MS = 15_000;

/** The options that describe a read report. */
const REPORT_OPTIONS = ["reader", "peer", "last-read-time", "unread", "event-time"] as const;

export const definition = {
  invocation: "npm run send",
  summary:
    "Signs one callback and posts it as Tencent does, then prints the reply and how long it took. Exits with 0 only if the " +
    "reply is OK.",
  options: {
    url: {
      value: "URL",
      default: LOCAL_CALLBACK_URL,
      meaning: "Callback URL to post to.",
    },
    "sdk-app-id": {
      value: "ID",
      defaultText: "the local system's if it runs at the URL, else 1400000001",
      meaning: "SDKAppID of the Chat app that calls.",
    },
    token: {
      value: "TOKEN",
      defaultText: "the local system's if it runs at the URL",
      meaning: "Token that signs callbacks.",
    },
    reader: { value: "ID", default: "alice", meaning: "UserID of the reader." },
    peer: { value: "ID", default: "bob", meaning: "UserID of the sender whose messages were read." },
    "last-read-time": {
      value: "SECONDS",
      defaultText: "now",
      meaning: "Unix time in seconds up to which the messages were read.",
    },
    unread: { value: "N", default: "0", meaning: "Number of messages that are still unread." },
    "event-time": { value: "MS", defaultText: "now", meaning: "Unix time in milliseconds of the read report." },
    command: {
      value: "NAME",
      defaultText: `the body's, else ${READ_REPORT_COMMAND}`,
      meaning: "Callback command that the query names.",
    },
    body: {
      value: "FILE",
      defaultText: "a read report made of the options above",
      meaning: "File to send as the body; commands other than the read report need one.",
    },
  },
  example: "npm run send -- --reader alice --peer bob --unread 3",
} as const satisfies CommandDefinition;

type SendOptions = OptionValues<typeof definition>;

export const main = toMain(definition, send);

async function send(options: SendOptions, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const now = Date.now();
  const { url, "sdk-app-id": givenSdkAppId, token: givenToken } = options;
  const target = await readTarget({ url, sdkAppId: givenSdkAppId, token: givenToken }, "1400000001");
  const file = options.body === undefined ? undefined : await readBody(options.body);
  const command = options.command ?? commandIn(file) ?? READ_REPORT_COMMAND;
  if (!COMMAND_NAME.test(command)) {
    throw new UsageError(`--command is '${command}': expected a callback's name, such as ${READ_REPORT_COMMAND}`);
  }
  for (const sentence of explainUndocumented([command])) io.stderr.write(`--command: ${sentence}.\n`);
  const body = file === undefined ? createReport(command, options, now) : onlyBody(file, options);
  const { sdkAppId, token } = target;
  const query = signedQuery({ sdkAppId, token, command, requestTime: Math.floor(now / 1000), requestId: randomUUID() });

  const reply = await post(target.url, query, body);
  print(`${reply.status} ${printable(withoutSign(reply.text, query))}`);
  print(`${Math.round(reply.milliseconds)} ms`);
  if (reply.status >= 300 && reply.status < 400) {
    print("The redirect was not followed, because the signed query is a secret.");
  }
  if (reply.milliseconds > TENCENT_TIMEOUT_MS) print("Tencent would have given up after 2 s.");
  return reply.status === 200 && isOk(reply.text) ? 0 : 1;
}

/** The read report that the options describe. */
function createReport(command: string, options: SendOptions, now: number): string {
  if (command !== READ_REPORT_COMMAND) {
    const page = commandPage(command);
    const described = page === undefined ? "" : `, which ${page} describes`;
    throw new UsageError(`--body is missing: expected a file with the body of ${command}${described}`);
  }
  return JSON.stringify({
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: options.reader,
    Peer_Account: options.peer,
    LastReadTime: readSeconds("last-read-time", options["last-read-time"] ?? String(Math.floor(now / 1000))),
    UnreadMsgNum: readInteger("unread", options.unread),
    EventTime: readMilliseconds("event-time", options["event-time"] ?? String(now)),
  });
}

/** Beyond any sensible time in seconds, which it puts in the year 5138; in milliseconds, it is in 1973. */
const SECONDS_LIMIT = 100_000_000_000;
/** Below any recent time in seconds, which it puts in 2001; smaller numbers are allowed, as handy values to try. */
const RECENT_SECONDS = 1_000_000_000;

function readSeconds(name: string, text: string): number {
  const value = readInteger(name, text);
  if (value < SECONDS_LIMIT) return value;
  const seconds = Math.floor(value / 1000);
  throw new UsageError(
    `--${name} is '${text}', which looks like milliseconds: expected Unix seconds, such as ${seconds}`,
  );
}

function readMilliseconds(name: string, text: string): number {
  const value = readInteger(name, text);
  if (value < RECENT_SECONDS || value >= SECONDS_LIMIT) return value;
  throw new UsageError(
    `--${name} is '${text}', which looks like seconds: expected Unix milliseconds, such as ${value * 1000}`,
  );
}

function onlyBody(body: Buffer<ArrayBuffer>, options: SendOptions): Buffer<ArrayBuffer> {
  const { options: definitions }: CommandDefinition = definition;
  const given = REPORT_OPTIONS.filter((option) => options[option] !== definitions[option]?.default);
  if (given.length === 0) return body;
  throw new UsageError(`--${given.join(", --")} can't be combined with --body, which is the whole body`);
}

/** The bytes of a file as they are, valid or not: how the endpoint handles them is up to the endpoint. */
async function readBody(file: string): Promise<Buffer<ArrayBuffer>> {
  return readFile(file).catch((error: Error) => {
    throw new UsageError(`--body can't be read: ${error.message}`);
  });
}

/** The command that a body names, as most bodies do. */
function commandIn(body: Buffer | undefined): string | undefined {
  try {
    const { CallbackCommand } = JSON.parse(String(body)) as { CallbackCommand?: unknown };
    return typeof CallbackCommand === "string" ? CallbackCommand : undefined;
  } catch {
    return undefined;
  }
}

async function post(url: URL, query: string, body: string | Buffer<ArrayBuffer>): Promise<Reply> {
  try {
    return await postCallback(url, query, body, TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    const hint = url.hostname === "127.0.0.1" ? ". Start it with 'npm start'" : "";
    throw new UsageError(`${url.href} did not answer ${error.message}${hint}`);
  }
}

/** Removes the signature from a reply that repeats the query: while it is fresh, it is a secret. */
function withoutSign(text: string, query: string): string {
  const sign = new URLSearchParams(query).get("Sign") ?? "";
  return text.replaceAll(new RegExp(sign, "gi"), "<Sign>");
}

function isOk(text: string): boolean {
  try {
    return (JSON.parse(text) as { ActionStatus?: unknown }).ActionStatus === "OK";
  } catch {
    return false;
  }
}
