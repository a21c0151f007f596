import type { Locator, Page } from "playwright-core";
import type { Actions } from "../../bin/console/protocol.ts";

/** The console as a user sees it. */
export class ConsoleUi {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** A part of the diagram, such as `standby`. */
  part(id: string): Locator {
    return this.page.locator(`[data-part="${id}"]`);
  }

  /** A number of the scoreboard: `sent`, or a verdict. */
  tile(label: string): Locator {
    return this.page
      .getByRole("region", { name: "Scoreboard" })
      .getByRole("button")
      .filter({ hasText: label })
      .locator("b");
  }

  /** The list's rows, newest first. */
  get rows(): Locator {
    return this.page.getByRole("grid").locator("tbody").getByRole("row");
  }

  /** The open detail of a callback. */
  get detail(): Locator {
    return this.page.getByRole("dialog");
  }

  /** Opens a tab of the side panel. */
  async tab(name: "Send" | "Break" | "Queues" | "Stories"): Promise<Locator> {
    await this.page.getByRole("navigation", { name: "Panels" }).getByRole("link", { name }).click();
    return this.page.getByRole("region", { name, exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  /** The numbers of the scoreboard, by their labels. */
  async scoreboard(): Promise<Readonly<Record<string, number>>> {
    const tiles = await this.page.getByRole("region", { name: "Scoreboard" }).getByRole("button").all();
    const entries = tiles.map(async (tile) => {
      const [number, label] = await Promise.all([tile.locator("b").innerText(), tile.locator(".verdict").innerText()]);
      return [label, Number(number.replaceAll(",", ""))] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Does what a button of the page would do, from the page. */
  async act<Path extends keyof Actions>(path: Path, input: Actions[Path]["input"]): Promise<Actions[Path]["output"]> {
    const output = await this.page.evaluate(
      async ([url, body]) => {
        const init = { method: "POST", headers: { "content-type": "application/json" }, body };
        return (await fetch(url, init)).json();
      },
      [path, JSON.stringify(input)] as const,
    );
    return output as Actions[Path]["output"];
  }
}
