import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { definition as doctor } from "../../bin/doctor.ts";
import { main as send, definition as sendDefinition } from "../../bin/send.ts";
import type { CommandDefinition } from "../../bin/shared/command.ts";
import { definition as start } from "../../bin/start.ts";
import { inputsOf, SETTINGS } from "../../lib/settings.ts";
import { type LocalSystem, startLocalSystem } from "../../local/local-system.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { SDK_APP_ID, TOKEN } from "../support/callbacks.ts";
import { run } from "../support/command.ts";
import { parse } from "../support/function.ts";
import {
  FORBIDDEN,
  FORBIDDEN_WORD,
  type HandlerCall,
  type ModeratingHandler,
  startModeratingHandler,
} from "../support/moderating-handler.ts";
import { RELAY_CASES } from "../support/relay-cases.ts";
import { type SentCallback, Tencent } from "../support/tencent.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/migrate.md"), "utf8");

/** Enough for each kind of callback to be sent to each URL several times. */
const COUNT = 24;

const tencent = new Tencent(TOKEN);
/** The verified callbacks of handlers that were stopped. */
const earlierCalls: HandlerCall[] = [];
/** The readers of events in the destination's queue. */
const readers: unknown[] = [];
const lines: string[] = [];
let handler: ModeratingHandler;
let system: LocalSystem;
let callbackUrl: string;

beforeAll(async () => {
  handler = await startModeratingHandler({ token: TOKEN });
  tencent.urls = [handler.url];
});

afterAll(async () => {
  await system.close();
  await handler.close();
});

/** The callbacks that the handler got, by their users. */
function callsByUser(): Map<unknown, HandlerCall[]> {
  return Map.groupBy([...earlierCalls, ...handler.calls], ({ body }) => body["Report_Account"] ?? body["From_Account"]);
}

/** Each callback reached the handler once, and each before-callback got its verdict. */
function expectHandled(sent: readonly SentCallback[]): void {
  const calls = callsByUser();
  for (const { user, command, isForbidden, isAccepted, errorCode } of sent) {
    const expected = isForbidden ? FORBIDDEN : 0;
    expect({ user, isAccepted, errorCode }).toEqual({ user, isAccepted: true, errorCode: expected });
    expect(calls.get(user)).toEqual([expect.objectContaining({ command, errorCode: expected })]);
  }
}

/** Each read report that the endpoint got became an event, and no other. */
function expectEvents(): void {
  const relayed = tencent.sent.filter(({ url, command }) => url === callbackUrl && command === READ_REPORT_COMMAND);
  expect(readers.toSorted()).toEqual(relayed.map(({ user }) => user).toSorted());
}

/** How often the function has counted a metric; later counts than the first are logged only once a minute. */
function counted(metric: string): number {
  return lines.map((line) => Number(parse(line)[metric] ?? 0)).reduce((sum, count) => sum + count, 0);
}

async function stopHandler(): Promise<void> {
  await handler.close();
  earlierCalls.push(...handler.calls);
}

async function startHandlerAgain(): Promise<void> {
  handler = await startModeratingHandler({ token: TOKEN, port: Number(new URL(handler.url).port) });
}

/** Asks for a verdict with the page's own command. */
function askForVerdict(text: string) {
  const [command = ""] = /npm run send -- --url <CallbackUrl>(?:.*\\\n)*.*/.exec(PAGE) ?? [];
  const filledIn = command
    .replace("<CallbackUrl>", callbackUrl)
    .replace("<your SDKAppID>", SDK_APP_ID)
    .replace("<test user>", "tester")
    .replace("<text>", text);
  const script = `npm() { printf '%s\\0' "$@"; }\n${filledIn}`;
  const words = execFileSync("bash", ["-c", script], { encoding: "utf8", env: { ...process.env, TOKEN } });
  const [, , , ...options] = words.split("\0").slice(0, -1);
  return run(send, ...options);
}

describe("The migration", () => {
  test("begins with a handler that Tencent calls", async () => {
    expectHandled(await tencent.send(COUNT));
  });

  test("goes on with an endpoint that Tencent does not call yet, and has a token of its own", async () => {
    system = await startLocalSystem(
      { sdkAppId: SDK_APP_ID, port: 0, token: "the stack's own token", relayUrl: handler.url },
      {
        request() {},
        exchange() {},
        failure: (error) => lines.push(JSON.stringify({ message: error.message })),
        log: (_name, line) => lines.push(line),
        sent: ({ body }) => readers.push(JSON.parse(body).detail.data.Report_Account),
      },
    );
    callbackUrl = system.outputs["CallbackUrl"] ?? "";
    expectHandled(await tencent.send(COUNT));
    expect(readers).toEqual([]);
  });

  test("stores the console's token, and the endpoint then returns the handler's verdicts", async () => {
    system.token.put(TOKEN);
    await expect.poll(() => askForVerdict("hello")).toMatchObject({ exitCode: 0 });
    const { stdout } = await askForVerdict(FORBIDDEN_WORD);
    expect(stdout).toContain(`"ErrorCode":${FORBIDDEN}`);
    expect(callsByUser().get("tester")).toHaveLength(2);
  });

  test("changes the console's URL, and while both URLs are in use, nothing is lost or unmoderated", async () => {
    tencent.urls = [handler.url, callbackUrl];
    const sent = await tencent.send(COUNT);
    expectHandled(sent);
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set(tencent.urls));
    expectEvents();
  });

  test("is complete when Tencent calls only the endpoint, which the metrics confirm", async () => {
    tencent.urls = [callbackUrl];
    expectHandled(await tencent.send(COUNT));
    expectEvents();
    await expect.poll(() => counted("Relayed")).toBeGreaterThan(0);
    expect(counted("RelayFailed")).toBe(0);
  });

  test("survives a restart of the handler between two callbacks", async () => {
    await stopHandler();
    await startHandlerAgain();
    expectHandled(await tencent.send(COUNT));
  });

  test("allows nothing while the handler is down, and keeps every read report", async () => {
    const cutOff = tencent.send(COUNT);
    await stopHandler();
    const sent = [...(await cutOff)];
    const sending = tencent.send(COUNT);
    await startHandlerAgain();
    sent.push(...(await sending));
    const calls = callsByUser();
    const failed = sent.filter(({ isAccepted }) => !isAccepted);
    expect(failed.some(({ command }) => isBeforeCallback(command))).toBe(true);
    expect(failed.some(({ command }) => command === READ_REPORT_COMMAND)).toBe(false);
    for (const { user, command, isForbidden, errorCode } of sent.filter(({ isAccepted }) => isAccepted)) {
      expect(errorCode, command).toBe(isForbidden ? FORBIDDEN : 0);
      if (command !== READ_REPORT_COMMAND) expect(calls.get(user), command).toBeDefined();
    }
    expectEvents();
    await expect.poll(() => counted("RelayFailed")).toBeGreaterThan(0);
    expectHandled(await tencent.send(COUNT));
  });

  test("is undone by the handler's URL in the console, with the token as it is", async () => {
    tencent.urls = [callbackUrl, handler.url];
    expectHandled(await tencent.send(COUNT));
    expectEvents();
    tencent.urls = [handler.url];
    const eventCount = readers.length;
    expectHandled(await tencent.send(COUNT));
    expect(readers).toHaveLength(eventCount);
    expect(handler.refusals).toBe(0);
  });

  test("never allowed a forbidden message", () => {
    const forbidden = tencent.sent.filter(({ isForbidden }) => isForbidden);
    expect(forbidden.length).toBeGreaterThan(COUNT);
    expect(forbidden.filter(({ isAccepted, errorCode }) => isAccepted && errorCode === 0)).toEqual([]);
  });
});

test("docs/migrate.md has the replies that the functions give", () => {
  const [, table = ""] = /^\| Request \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(PAGE) ?? [];
  const rows = RELAY_CASES.map(
    ({ title, relayed, reply, replyWithoutHandler }) =>
      `| ${title} | ${relayed} | ${reply} | ${replyWithoutHandler} |\n`,
  );
  expect(table).toBe(rows.join(""));
});

test.each<CommandDefinition>([start, doctor, sendDefinition])(
  "docs/migrate.md calls $invocation with options that it has",
  ({ invocation, options }) => {
    const lines = PAGE.replaceAll("\\\n", "").split("\n");
    const calls = lines.map((line) => line.trim()).filter((line) => line.startsWith(`${invocation} -- `));
    const used = calls.flatMap((call) => Array.from(call.matchAll(/ --([a-z][\w-]*)/g), ([, name = ""]) => name));
    expect(used).not.toEqual([]);
    expect(used.filter((name) => !(name in options))).toEqual([]);
  },
);

test("docs/migrate.md names settings that exist", () => {
  const used = Array.from(PAGE.matchAll(/ -c (\w+)=/g), ([, key]) => key);
  expect(used).toContain("relayUrl");
  expect(inputsOf(SETTINGS).map(({ key }) => key)).toEqual(expect.arrayContaining(used));
});
