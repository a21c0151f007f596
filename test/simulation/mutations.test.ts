import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { mutate } from "../../simulation/mutations/build.ts";
import { Hunter } from "../../simulation/mutations/hunt.ts";
import { MUTATIONS } from "../../simulation/mutations/index.ts";
import { RECORD, readResults } from "../../simulation/mutations/results.ts";
import { Random } from "../../simulation/random.ts";
import { readSystem } from "../../simulation/seeds/read-system.ts";

/** How many mutations each run of the tests simulates: all would take half a minute. */
const SAMPLE = 8;

/** Chooses the sample. */
const SEED = Number(process.env["MUTATIONS_SEED"] ?? Date.now() % 2 ** 31);

// Not through the console: vitest hides what passing tests print there.
process.stderr.write(`The mutations are chosen by MUTATIONS_SEED=${SEED}.\n`);

const results = await readResults();
const hunter = new Hunter(await readSystem());

describe("Every mutation", () => {
  test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    "fits its source: %s",
    async (_name, mutation) => {
      const { code } = await transform(await mutate(mutation), { loader: "ts" });
      expect(code).not.toBe("");
    },
  );

  test("has a name of its own", () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test(`is caught, as recorded by ${RECORD}`, () => {
    const caught = MUTATIONS.filter(({ name }) => results.get(name)?.seed !== undefined);
    expect([...results.keys()]).toEqual(MUTATIONS.map(({ name }) => name));
    expect(caught).toEqual(MUTATIONS);
  });
});

describe(`With the mutations that MUTATIONS_SEED=${SEED} chooses`, () => {
  test.each(sample().map((mutation) => [mutation.name, mutation] as const))(
    "the recorded seed catches: %s",
    async (name, mutation) => {
      const { seed = 0, promise } = results.get(name) ?? {};
      const broken = await hunter.findBroken(mutation, seed);
      expect(broken, `seed ${seed} gives another result: record all again with ${RECORD}`).toBe(promise);
    },
  );
});

function sample() {
  const random = new Random(SEED);
  const waiting = [...MUTATIONS];
  return Array.from({ length: SAMPLE }, () => waiting.splice(random.below(waiting.length), 1)).flat();
}
