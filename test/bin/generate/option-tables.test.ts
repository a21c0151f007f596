import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { withOptionTables } from "../../../bin/generate/option-tables.ts";

const DOCS = new URL("../../../docs/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, DOCS), "utf8");
const PAGES = readdirSync(DOCS).filter((name) => name.endsWith(".md"));

describe("The tables of options", () => {
  test.each(PAGES)("in docs/%s are those of the commands: npm run generate writes them", (page) => {
    expect(read(page)).toBe(withOptionTables(read(page)));
  });

  test("in docs/local.md are those of start, send and receive", () => {
    const commands = Array.from(read("local.md").matchAll(/<!-- options of (.*?) -->/g), ([, command]) => command);
    expect(commands).toEqual(["npm start", "npm run send", "npm run receive"]);
  });

  test("link pages, mark fixed defaults, and keep | out of the way of the table", () => {
    const table = withOptionTables("a\n<!-- options of npm start -->old<!-- /options -->\nb");
    expect(table).toMatch(/^a\n<!-- options of npm start -->\n\| Option .*\n<!-- \/options -->\nb$/s);
    expect(table).toContain("| `--port N` | `8787` | ");
    expect(table).toContain("| `--destination queue\\|bus` | queue | ");
    expect(table).toContain("see [callbacks.md](callbacks.md).");
  });

  test("name a command that does not exist", () => {
    const page = "<!-- options of npm run nothing --><!-- /options -->";
    expect(() => withOptionTables(page)).toThrow("No command is called npm run nothing");
  });
});
