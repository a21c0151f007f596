import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Starts Chromium: the one inside the npm package on Linux, and the installed Chrome elsewhere. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== "linux") return chromium.launch({ channel: "chrome" });
  const { default: packaged } = await import("@sparticuz/chromium");
  // Not the package's own arguments, which turn web security off. Root, as in containers, can't have a sandbox.
  return chromium.launch({ executablePath: await packaged.executablePath(), args: ["--no-sandbox"] });
}

/** A page of the console, and all that went wrong in it. */
export interface ConsolePage {
  readonly page: Page;
  /** Errors in the browser's console, which include violations of the content security policy, and uncaught exceptions. */
  readonly errors: readonly string[];
  /** The origins of everything that the page loaded. */
  readonly origins: ReadonlySet<string>;
}

/** Opens a page in a context of its own. */
export async function openPage(browser: Browser, url: string, options?: BrowserContextOptions): Promise<ConsolePage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const origins = new Set<string>();
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  await page.goto(url);
  return { page, errors, origins };
}

const AXE = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));

/**
 * Looks for what people with disabilities can't use. The page's policy lets no script in, so the rules go in through the
 * debugger.
 *
 * @returns a line for each violation
 */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, "utf8"));
  const { violations } = await page.evaluate<Pick<AxeResults, "violations">>("axe.run()");
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} ${target} ${failureSummary}`),
  );
}
