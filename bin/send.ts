import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { explainUndocumented } from "../lib/undocumented-commands.ts";
import { COMMAND_NAME, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import { createReport } from "./send/read-report.ts";
import { findSample, listCommands, listSamples } from "./send/samples.ts";
import { setField } from "./send/set-field.ts";
import { LOCAL_CALLBACK_URL, readTarget } from "./shared/callback-target.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  type Print,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { withFreshTimes } from "./shared/fresh-times.ts";
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
    sample: {
      value: "N",
      defaultText: "1, but a read report is made of the options above",
      meaning: "Number of the documented sample to send, as --list shows it, with the current time for its times.",
    },
    set: {
      value: "FIELD=VALUE",
      isRepeatable: true,
      meaning:
        "Changes or adds a field, such as Info.To_Account=bob or MsgBody.0.MsgType=x; JSON if valid, unless the field holds text.",
    },
    body: {
      value: "FILE",
      defaultText: "the sample",
      meaning: "File to send as the body, as it is.",
    },
    list: { meaning: "Lists the documented commands and their samples, or with --command its samples' bodies." },
  },
  example: "npm run send -- --command C2C.CallbackAfterSendMsg --set From_Account=alice",
} as const satisfies CommandDefinition;

type SendOptions = OptionValues<typeof definition>;

const OPTION_NAMES = Object.keys(definition.options) as (keyof SendOptions)[];

export const main = toMain(definition, send);

async function send(options: SendOptions, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const now = Date.now();
  const { url, "sdk-app-id": givenSdkAppId, token: givenToken } = options;
  if (options.list) {
    const others = OPTION_NAMES.filter((name) => name !== "list" && name !== "command");
    refuse(others, options, "--list, which sends nothing");
    print(options.command === undefined ? listCommands() : listSamples(options.command));
    return 0;
  }
  const { command, body } = await createCallback(options, now, linePrinter(io.stderr));
  const target = await readTarget({ url, sdkAppId: givenSdkAppId, token: givenToken }, "1400000001");
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

/** A callback's command, and its body as it is sent. */
interface Callback {
  readonly command: string;
  readonly body: string | Buffer<ArrayBuffer>;
}

/** Creates the callback that the options describe: the body of a file, or a read report or a documented sample with changes. */
async function createCallback(options: SendOptions, now: number, warn: Print): Promise<Callback> {
  if (options.body === undefined) {
    const command = readCommandName(options.command ?? READ_REPORT_COMMAND);
    const sample = createSample(command, options, now);
    const body = options.set.reduce((fields, assignment) => setField(fields, assignment, warn), sample);
    return { command, body: JSON.stringify(body) };
  }
  refuse([...REPORT_OPTIONS, "sample", "set"], options, "--body, which is the whole body");
  const body = await readBody(options.body);
  const command = readCommandName(options.command ?? commandIn(body) ?? READ_REPORT_COMMAND);
  for (const sentence of explainUndocumented([command])) warn(`--command: ${sentence}.`);
  return { command, body };
}

/** A read report made of the options, unless another command or one of its documented samples is wanted. */
function createSample(command: string, options: SendOptions, now: number): Readonly<Record<string, unknown>> {
  if (options.sample === undefined && command === READ_REPORT_COMMAND) return createReport(options, now);
  const reason = command === READ_REPORT_COMMAND ? "--sample, which is a whole read report" : `--command ${command}`;
  refuse(REPORT_OPTIONS, options, `${reason}: change the sample's fields with --set`);
  return withFreshTimes(findSample(command, options.sample ?? "1").body, now);
}

function readCommandName(name: string): string {
  if (COMMAND_NAME.test(name)) return name;
  throw new UsageError(`--command is '${name}': expected a callback's name, such as ${READ_REPORT_COMMAND}`);
}

/** @throws {UsageError} if one of the options has another value than its default */
function refuse(names: readonly (keyof SendOptions)[], options: SendOptions, other: string): void {
  const { options: definitions }: CommandDefinition = definition;
  const given = names.filter((name) => {
    const value = options[name];
    return Array.isArray(value) ? value.length > 0 : value && value !== definitions[name]?.default;
  });
  if (given.length > 0) throw new UsageError(`--${given.join(", --")} can't be combined with ${other}`);
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
