import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { bundleFile } from "../../../lib/bundles.ts";
import { compileBundle, type Globals } from "../../../simulation/lambda/bundle.ts";
import { bundleOf } from "../../support/simulated-world.ts";

const GLOBALS: Globals = {
  process: { env: {} },
  Date,
  performance,
  setTimeout: () => {},
  clearTimeout: () => {},
  Math,
};

describe("A simulated bundle", () => {
  test.each(["callback", "republish"] as const)(
    "is the %s function as it is deployed, but for its export",
    async (name) => {
      const code = await readFile(bundleFile(name), "utf8");
      const isRead: string[] = [];
      const process = new Proxy(
        { env: {}, stdout: { write: () => true }, getBuiltinModule: globalThis.process.getBuiltinModule },
        {
          get: (target, key) => {
            isRead.push(String(key));
            return Reflect.get(target, key);
          },
        },
      );
      const handler = await compileBundle(code, name)({ ...GLOBALS, process });
      expect(isRead).toContain("env");
      // The handler's source is a part of the file, byte for byte.
      expect(code).toContain(handler.toString());
    },
  );

  test("shares nothing with another environment", async () => {
    const bundle = bundleOf("let count = 0; const handler = async () => (count += 1)");
    const [one, other] = [await bundle(GLOBALS), await bundle(GLOBALS)];
    expect([await one(0), await one(0), await other(0)]).toEqual([1, 2, 1]);
  });

  test("gets time, chance and the machine from the simulation", async () => {
    const bundle = bundleOf(
      "const handler = async () => [process.env.NAME, Date.now(), performance.now(), Math.random(), setTimeout(), clearTimeout()]",
    );
    const handler = await bundle({
      process: { env: { NAME: "value" } },
      Date: { now: () => 1 } as DateConstructor,
      performance: { now: () => 2 },
      Math: { random: () => 3 } as Math,
      setTimeout: () => 4,
      clearTimeout: () => {},
    });
    expect(await handler(undefined)).toEqual(["value", 1, 2, 3, 4, undefined]);
  });

  test.each(["setInterval", "setImmediate", "fetch", "crypto", "console", "globalThis", "global", "AbortSignal"])(
    "does not get the real %s",
    async (name) => {
      const handler = await bundleOf(`const handler = async () => typeof ${name}`)(GLOBALS);
      expect(await handler(undefined)).toBe("undefined");
    },
  );

  test.each([
    ["has no export", "const handler = 1;"],
    ["exports something else, too", "const a = 1; export{a as handler,a as b};"],
    ["goes on after its export", "const a = 1; export{a as handler};console.log(a)"],
  ])("is refused if it %s", (_what, code) => {
    expect(() => compileBundle(code, "callback")).toThrow(
      "callback does not end by exporting its handler: adapt simulation/lambda/bundle.ts",
    );
  });

  test("may end with licences", async () => {
    const bundle = compileBundle("const a=async()=>1;export{a as handler};\n/*!\nMIT\n*/\n", "callback");
    expect(await (await bundle(GLOBALS))(undefined)).toBe(1);
  });
});
