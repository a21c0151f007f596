import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const PAGE = join(import.meta.dirname, "../../../../bin/console/page");

test("Every custom property and every class of the style sheets exists", async () => {
  const files = await Array.fromAsync(glob("**/*.{css,tsx}", { cwd: PAGE }));
  const texts = await Promise.all(files.map((file) => readFile(join(PAGE, file), "utf8")));
  const [style, code] = [".css", ".tsx"].map((end) =>
    texts.filter((_text, index) => files[index]?.endsWith(end)).join(""),
  );
  const find = (text: string | undefined, pattern: RegExp) =>
    new Set(Array.from(text?.matchAll(pattern) ?? [], ([, name = ""]) => name));
  const defined = find(`${style}${code}`, /(--[a-z-]+)"?\s*:/g);
  expect([...find(style, /var\((--[a-z-]+)\)/g)].filter((name) => !defined.has(name))).toEqual([]);
  const words = find(code, /([a-z][\w-]+)/g);
  expect([...find(style, /(?<=[\s,(>+&~:])\.([a-z][\w-]*)/g)].filter((name) => !words.has(name))).toEqual([]);
});
