import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ConsolePage, findBarriers, launchBrowser, openPage } from "../../support/browser.ts";
import { nowInSeconds, signedQuery } from "../../support/callbacks.ts";
import { ConsoleUi } from "../../support/console-page.ts";
import { CONSOLE_TOKEN, startConsoleSystem } from "../../support/console-system.ts";
import { type ModeratingHandler, startModeratingHandler } from "../../support/moderating-handler.ts";

let system: Awaited<ReturnType<typeof startConsoleSystem>>;
let handler: ModeratingHandler;
let browser: Browser;
let opened: ConsolePage;
let page: Page;
let ui: ConsoleUi;

beforeAll(async () => {
  handler = await startModeratingHandler({ token: CONSOLE_TOKEN });
  [system, browser] = await Promise.all([startConsoleSystem({ relayUrl: handler.url }), launchBrowser()]);
  opened = await openPage(browser, system.url, { permissions: ["clipboard-read", "clipboard-write"] });
  page = opened.page;
  ui = new ConsoleUi(page);
});

afterAll(async () => {
  await Promise.all([browser?.close(), system?.close()]);
  await handler?.close();
});

// A test that fails may leave a callback's detail open.
beforeEach(() => page.evaluate("location.hash = '#/send'"));

/** Waits until the numbers of the scoreboard are as they should be, and checks that they add up. */
async function expectToAddUp(): Promise<void> {
  await expect
    .poll(async () => {
      const { sent = Number.NaN, ...terms } = await ui.scoreboard();
      return sent - Object.values(terms).reduce((sum, number) => sum + number, 0);
    })
    .toBe(0);
}

/** The number that a part of the diagram shows first. */
const countOf = (part: string) => ui.part(part).locator(".count b").first();

const expectText = (locator: ReturnType<ConsoleUi["part"]>, text: string | RegExp) =>
  expect.poll(() => locator.innerText()).toMatch(text);

describe("The console", () => {
  afterEach(expectToAddUp);

  test("follows the first callback in the diagram and the scoreboard", async () => {
    await ui.button("Send your first callback").click();
    await expectText(countOf("tencent"), /^1$/);
    await expectText(countOf("destination"), /^1$/);
    await expect.poll(() => ui.scoreboard()).toMatchObject({ sent: 1, stored: 1, refused: 0 });
    await expectText(ui.rows.first(), /stored.*C2C.CallbackAfterMsgReport.*alice.*bob/s);
  });

  test("shows a callback's checks, reply, event and history at a URL of its own", async () => {
    await ui.rows.first().click();
    await page.reload();
    await expectText(ui.detail, /Stored in ChatEvents/i);
    const text = await ui.detail.innerText();
    for (const part of ["Checks", "Signature", "ActionStatus", "deduplicationId"]) expect(text).toContain(part);
    expect(text).not.toMatch(/[0-9a-f]{64}\b.*Sign\b|\bSign\b[^•…]{0,5}[0-9a-f]{64}/);
    await page.keyboard.press("Escape");
    await expect.poll(() => ui.detail.count()).toBe(0);
  });

  test.each([
    ["With another token", "refused", 401],
    ["Too old", "refused", 401],
    ["Too early", "refused", 401],
    ["Not at all", "refused", 401],
    ["For another app", "refused", 403],
    ["With repeated parameters", "refused", 400],
    ["Correctly", "stored", 200],
  ])("sends a callback that is signed: %s", async (signing, verdict, status) => {
    const panel = await ui.tab("Send");
    await panel.getByLabel("Reader").fill(`reader-${signing}`);
    await panel.getByLabel("Signed").selectOption({ label: signing });
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await panel.getByText(`Answered ${status}.`).waitFor();
    await expectText(ui.rows.first(), new RegExp(`${verdict}.*reader-${signing}`, "s"));
  });

  test("drops the second of two equal callbacks", async () => {
    const panel = await ui.tab("Send");
    await panel.getByLabel("Reader").fill("twice");
    await panel.getByLabel(/^Twice/).check();
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await expectText(ui.rows.first(), /stored.*repeat.*twice/s);
    await expectText(ui.rows.nth(1), /stored.*twice/s);
    await panel.getByLabel("Once").check();
  });

  test("sends a documented body with the current time, so that a second one is no duplicate", async () => {
    const panel = await ui.tab("Send");
    await panel.getByLabel("Reader").fill("now");
    for (const _ of [1, 2]) {
      await panel.getByRole("button", { name: "Send", exact: true }).click();
      await panel.getByText("Answered 200.").waitFor();
    }
    await page.getByLabel("Account", { exact: true }).fill("now");
    await expect.poll(() => ui.rows.count()).toBe(2);
    for (const row of await ui.rows.all()) expect(await row.innerText()).not.toContain("repeat");
    await page.getByLabel("Account", { exact: true }).fill("");
  });

  test("shows where a body is malformed, and sends it only on request", async () => {
    const panel = await ui.tab("Send");
    await panel.getByLabel("Body", { exact: true }).fill('{\n  "CallbackCommand": oops\n}');
    await panel.getByText(/Line 2, column \d+/).waitFor();
    await panel.getByLabel(/Send it malformed/).check();
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await panel.getByText("Answered 400.").waitFor();
    await expectText(ui.rows.first(), /refused/);
  });

  test("sends documented samples of other commands, which become no events", async () => {
    const panel = await ui.tab("Send");
    await panel.getByLabel(/^Callback/).selectOption("C2C.CallbackBeforeSendMsg");
    await expect.poll(() => panel.getByLabel("Body", { exact: true }).inputValue()).toMatch(/MsgBody/);
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await expectText(ui.rows.first(), /acknowledged.*allowed by the handler.*C2C.CallbackBeforeSendMsg/s);
    await ui.rows.first().click();
    await expectText(ui.detail, /Existing handler.*It allows it. Tencent got its reply.*Status 200/s);
    await page.keyboard.press("Escape");
    await panel.getByLabel(/^Callback/).selectOption("C2C.CallbackAfterMsgReport");
    await expect.poll(() => panel.getByLabel("Reader").count()).toBe(1);
  });

  test("sends at a steady rate", async () => {
    const panel = await ui.tab("Send");
    const before = Number(await ui.tile("stored").innerText());
    await panel.getByLabel("At a steady rate").check();
    await panel.getByLabel("Per second").fill("20");
    await panel.getByLabel("Seconds").fill("1");
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await panel.getByText("20 callbacks sent.").waitFor();
    await expectText(ui.tile("stored"), new RegExp(`^${before + 20}$`));
    await panel.getByLabel("Once").check();
  });

  test("sends a callback of the list again, as it was or edited", async () => {
    const account = page.getByLabel("Account", { exact: true });
    await account.fill("twice");
    await ui.rows.first().click();
    await ui.detail.getByRole("button", { name: "Send again" }).click();
    await ui.detail.getByText("Answered 200.").waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Send again");
    await expectText(ui.rows.first(), /stored.*repeat.*twice/s);
    await ui.detail.getByRole("button", { name: "Edit and send" }).click();
    const panel = page.getByRole("region", { name: "Send", exact: true });
    await expect.poll(() => panel.getByLabel("Reader").inputValue()).toBe("twice");
    await panel.getByLabel("Reader").fill("edited");
    await account.fill("edited");
    await panel.getByRole("button", { name: "Send", exact: true }).click();
    await expectText(ui.rows.first(), /stored.*edited/s);
    await account.fill("");
  });

  test("copies a callback as curl, npm run send and a test fixture, without the token", async () => {
    await ui.rows.first().click();
    for (const [name, text] of [
      ["curl", /openssl dgst -sha256/],
      ["npm run send", /npm run send -- /],
      ["Test fixture", /"command": "C2C.CallbackAfterMsgReport"/],
    ] as const) {
      await ui.detail.getByRole("button", { name, exact: true }).click();
      await expect.poll(() => page.evaluate<string>("navigator.clipboard.readText()")).toMatch(text);
      expect(await page.evaluate<string>("navigator.clipboard.readText()")).not.toContain(CONSOLE_TOKEN);
    }
    await page.keyboard.press("Escape");
  });

  test("filters by verdict, command and account, pauses, and clears", async () => {
    await ui
      .button(/refused/)
      .first()
      .click();
    await expect
      .poll(async () => new Set(await ui.rows.locator(".verdict").allInnerTexts()))
      .toEqual(new Set(["refused"]));
    await page.getByLabel("Verdict").selectOption("");
    await page.getByLabel("Command", { exact: true }).selectOption("C2C.CallbackBeforeSendMsg");
    await expect.poll(() => ui.rows.count()).toBe(1);
    await page.getByLabel("Command", { exact: true }).selectOption("");
    await page.getByLabel("Account", { exact: true }).fill("twice");
    await expect.poll(() => ui.rows.count()).toBeGreaterThan(1);
    await page.getByLabel("Account", { exact: true }).fill("");
    await ui.button("Pause").click();
    const first = await ui.rows.first().innerText();
    await ui.button("Send a read report").click();
    await ui.button("Resume (1 new)").waitFor();
    expect(await ui.rows.first().innerText()).toBe(first);
    await ui.button("Resume (1 new)").click();
    await expect.poll(() => ui.rows.first().innerText()).not.toBe(first);
    await ui.button("Clear").click();
    await expect.poll(() => ui.rows.count()).toBe(0);
  });
});

describe("Breaking parts", () => {
  afterEach(async () => {
    await ui.act("/api/heal", {});
    await expectToAddUp();
  });

  test.each([
    ["Destination", "destination", "Slow", "stored"],
    ["Destination", "destination", "Hangs", "on standby"],
    ["Destination", "destination", "Refuses", "on standby"],
    ["Destination", "destination", "Throttles", "on standby"],
    ["Destination", "destination", "Fails", "on standby"],
    ["Destination", "destination", "Answers nonsense", "on standby"],
    ["Function", "function", "Crashes", "failed"],
    ["Existing handler", "handler", "Fails", "stored.*handler: it replied with 500"],
  ])("%s (%s): %s leads to a callback that is %s", async (name, part, mode, verdict) => {
    const panel = await ui.tab("Break");
    await panel.getByRole("group", { name }).getByRole("button", { name: mode }).click();
    await expect.poll(() => ui.part(part).getAttribute("class")).toContain("is-broken");
    await ui.button("Send a read report").click();
    await expectText(ui.rows.first(), new RegExp(verdict, "s"));
    await ui.button("Heal everything").click();
    await expect.poll(() => ui.part(part).getAttribute("class")).not.toContain("is-broken");
  });

  test("loses an answer, and the queue drops the repeat", async () => {
    const panel = await ui.tab("Break");
    await panel.getByLabel("for its next").check();
    await panel.getByRole("spinbutton").fill("1");
    await panel.getByRole("group", { name: "Destination" }).getByRole("button", { name: "Loses its answer" }).click();
    await expectText(ui.part("destination"), /1 call left/);
    await ui.button("Send a read report").click();
    await expectText(ui.rows.first(), /stored/);
    await expect.poll(() => ui.part("destination").getAttribute("class")).not.toContain("is-broken");
    await panel.getByLabel("until healed").check();
  });

  test("leaves an event to the log if both fail, and replay puts it back", async () => {
    const panel = await ui.tab("Break");
    for (const [name, part] of [
      ["Destination", "destination"],
      ["Standby queue", "standby"],
    ] as const) {
      await panel.getByRole("group", { name }).getByRole("button", { name: "Refuses" }).click();
      // The panel takes no other click until then.
      await expect.poll(() => ui.part(part).getAttribute("class")).toContain("is-broken");
    }
    await ui.button("Send a read report").click();
    await expectText(ui.rows.first(), /only in the log/);
    await expectText(countOf("log"), /^1$/);
    await ui.act("/api/heal", {});
    const queues = await ui.tab("Queues");
    await queues.getByRole("button", { name: "Replay the log" }).click();
    await expectText(queues, /put 1 back/);
    await expectText(ui.rows.first(), /stored/);
  });
});

describe("The queues", () => {
  test("show their messages, and let one be received as a consumer does", async () => {
    const queues = await ui.tab("Queues");
    const before = Number(await countOf("destination").innerText());
    await queues.locator(".message summary").first().click();
    await expectText(queues.locator(".message").first(), /deduplicationId/);
    await queues.getByRole("button", { name: "Receive one" }).click();
    await expectText(countOf("destination"), new RegExp(`^${before - 1}$`));
    await expectText(countOf("consumers"), /^1$/);
  });

  test("turn a message that fails five times into a dead letter, which can be moved back", async () => {
    const queues = await ui.tab("Queues");
    const before = Number(await countOf("destination").innerText());
    await queues.getByRole("button", { name: "Fail five times" }).click();
    await expectText(queues, /It is a dead letter now/);
    await expectText(ui.part("destination").locator(".dead-letters"), /^1 /);
    await ui.part("destination").locator(".dead-letters").click();
    await queues.getByRole("button", { name: "Move all back" }).click();
    await expectText(queues, /Moved 1 message back/);
    await expectText(countOf("destination"), new RegExp(`^${before}$`));
  });
});

test("A story plays, and ends with its verdict", async () => {
  const stories = await ui.tab("Stories");
  await stories.getByRole("button", { name: "Run: Forged callbacks" }).click();
  await expectText(stories, /Passed\. 30 forged callbacks, all refused/);
  await stories.getByRole("button", { name: "Run: Burst of 1,000" }).click();
  await expectText(stories, /Passed\. 1,000 callbacks/);
  await expectToAddUp();
});

test("Thousands of rows take no more elements than a few, and can all be reached", async () => {
  const query = signedQuery(nowInSeconds(), { Sign: undefined });
  const grid = page.getByRole("grid");
  const countRows = async () => Number(await grid.getAttribute("aria-rowcount"));
  const total = (await countRows()) + 2_000;
  let left = 2_000;
  const send = async () => {
    while (left-- > 0) await fetch(`${system.callbackUrl}?${query}`, { method: "POST", body: "{}" });
  };
  await Promise.all(Array.from({ length: 20 }, send));
  // All of them, or the last row moves on.
  await expect.poll(countRows).toBe(total);
  expect(await ui.rows.count()).toBeLessThan(120);
  await grid.focus();
  await page.keyboard.press("End");
  await expect.poll(() => ui.rows.last().getAttribute("aria-rowindex")).toBe(String(total));
  await page.keyboard.press("Home");
  await ui.button("Clear").click();
  await expectToAddUp();
});

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "alice\u202Egnp.exe",
  "nul\u0000bell\u0007",
  "x".repeat(2_000),
  "javascript:alert(1)",
];

test.each(HOSTILE)("A hostile UserID is text: %j", async (account) => {
  let dialogs = 0;
  page.once("dialog", (dialog) => {
    dialogs += 1;
    return dialog.dismiss();
  });
  const body = JSON.stringify({
    ...{ CallbackCommand: "C2C.CallbackAfterMsgReport", Report_Account: account, Peer_Account: "<b>bob</b>" },
    ...{ LastReadTime: nowInSeconds(), UnreadMsgNum: 0, EventTime: Date.now() },
  });
  await ui.act("/api/send", { command: "C2C.CallbackAfterMsgReport", body, signing: "correct" });
  await expectText(ui.rows.first(), /stored/);
  await ui.rows.first().click();
  await ui.detail.getByText("deduplicationId").first().waitFor();
  expect(await page.locator("img, b b, .account script, .account b").count()).toBe(0);
  expect(await page.content()).not.toContain("\u202E");
  await page.keyboard.press("Escape");
  expect(dialogs).toBe(0);
});

test("A body of 128 KB is refused, and shown in part", async () => {
  const body = JSON.stringify({
    CallbackCommand: "C2C.CallbackAfterMsgReport",
    Report_Account: "large",
    x: "y".repeat(131_072),
  });
  await ui.act("/api/send", { command: "C2C.CallbackAfterMsgReport", body, signing: "correct" });
  await expectText(ui.rows.first(), /refused/);
  await ui.rows.first().click();
  await expectText(ui.detail, /Status 413/);
  await page.keyboard.press("Escape");
});

describe.each(["light", "dark"] as const)("In %s colours,", (colorScheme) => {
  test("no tab and no detail has barriers for people with disabilities", async () => {
    await page.emulateMedia({ colorScheme });
    for (const tab of ["Send", "Break", "Queues", "Stories"] as const) {
      await ui.tab(tab);
      expect(await findBarriers(page), tab).toEqual([]);
    }
    await ui.rows.first().click();
    await ui.detail.getByText("Checks").waitFor();
    expect(await findBarriers(page)).toEqual([]);
  });
});

test.each([360, 768, 1280, 3840])("A window %d pixels wide needs no horizontal scrolling", async (width) => {
  await page.setViewportSize({ width, height: 900 });
  for (const tab of ["Send", "Break", "Queues", "Stories"] as const) {
    await ui.tab(tab);
    await expect.poll(() => page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("The keyboard alone sends a callback, opens it in the list and closes it", async () => {
  await ui.tab("Send");
  await page.getByRole("region", { name: "Send", exact: true }).getByLabel("Reader").focus();
  await page.keyboard.type("-typed");
  await page.keyboard.press("Control+Enter");
  await expectText(ui.rows.first(), /-typed/);
  await page.getByRole("grid").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expectText(ui.detail, /-typed/);
  await page.keyboard.press("Escape");
  await expect.poll(() => ui.detail.count()).toBe(0);
});

test("Reduced motion stops everything that moves", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await ui.button("Send a read report").click();
  await expectText(ui.rows.first(), /stored/);
  const animations = "document.getAnimations().filter(({ playState }) => playState === 'running').length";
  expect(await page.evaluate(animations)).toBe(0);
});

test("The page logs no error, breaks no policy, loads nothing from elsewhere, and never has the token or a Sign", async () => {
  expect(opened.errors).toEqual([]);
  expect([...opened.origins]).toEqual([new URL(system.url).origin]);
  await ui.rows.first().click();
  await ui.detail.getByText("deduplicationId").first().waitFor();
  const content = await page.content();
  expect(content).not.toContain(CONSOLE_TOKEN);
  expect(content).not.toMatch(/Sign=[0-9a-f]{8}/i);
});
