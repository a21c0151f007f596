import { mkdir, writeFile } from "node:fs/promises";
import type { Signing } from "../../bin/console/protocol.ts";
import { launchBrowser, openPage } from "./browser.ts";
import { ConsoleUi } from "./console-page.ts";
import { startInProcess } from "./start.ts";

// Takes the pictures of the console for README.md and docs/local.md: `node bin/run.mjs test/support/take-pictures.ts`. Both
// show the same scene each time, but for times. Port 8787 must be free, as the pictures show it.

const FOLDER = new URL("../../docs/images/", import.meta.url);
const SIZE = { width: 1280, height: 760 };

const READ_REPORT = "C2C.CallbackAfterMsgReport";
const CONVERSATIONS = [
  ["alice", "bob"],
  ["carol", "dave"],
  ["erin", "frank"],
  ["grace", "heidi"],
] as const;

/** Runs in the browser, which can write WebP: half the size of PNG. */
const TO_WEBP = `async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.55);
}`;

const [system, browser] = await Promise.all([startInProcess("--port", "8787", "--console-port", "0"), launchBrowser()]);
try {
  const { page } = await openPage(browser, system.ready.consoleUrl ?? "", { viewport: SIZE, colorScheme: "light" });
  const ui = new ConsoleUi(page);
  await playScene(ui);
  await save("console.webp", await page.screenshot());
  await ui.rows.filter({ hasText: "refused" }).first().click();
  await ui.detail.getByText("Checks").waitFor();
  await save("console-callback.webp", await page.screenshot());
} finally {
  await Promise.all([browser.close(), system.stop()]);
}

/** Callbacks of four conversations arrive; some are forged, and the destination fails in the middle. */
async function playScene(ui: ConsoleUi): Promise<void> {
  const send = (index: number, signing: Signing = "correct") => {
    const [reader, peer] = CONVERSATIONS[index % CONVERSATIONS.length] ?? ["", ""];
    const now = Date.now();
    const body = JSON.stringify({
      ...{ CallbackCommand: READ_REPORT, Report_Account: reader, Peer_Account: peer },
      ...{ LastReadTime: Math.floor(now / 1000), UnreadMsgNum: 0, EventTime: now + index },
    });
    return ui.act("/api/send", { command: READ_REPORT, body, signing });
  };
  for (let index = 0; index < 8; index += 1) await send(index);
  await send(1, "wrong");
  await send(2, "too old");
  const body = JSON.stringify({
    CallbackCommand: "C2C.CallbackBeforeSendMsg",
    From_Account: "alice",
    To_Account: "bob",
  });
  await ui.act("/api/send", { command: "C2C.CallbackBeforeSendMsg", body, signing: "correct" });
  await ui.act("/api/break", { part: "destination", mode: "hang" });
  await Promise.all([8, 9, 10].map((index) => send(index)));
  await ui.part("destination").getByText("hangs").waitFor();
  await ui.rows.filter({ hasText: "on standby" }).nth(2).waitFor();
}

/** Saves a picture as WebP. */
async function save(name: string, png: Buffer): Promise<void> {
  const page = await browser.newPage();
  const webp = await page.evaluate<string>(`(${TO_WEBP})("data:image/png;base64,${png.toString("base64")}")`);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(new URL(name, FOLDER), webp.slice(webp.indexOf(",") + 1), "base64");
}
