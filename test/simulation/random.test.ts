import { describe, expect, test } from "vitest";
import { Random } from "../../simulation/random.ts";

const draw = (random: Random) => Array.from({ length: 20 }, () => random.below(1_000));
const count = (draws: number, isHit: () => boolean) => Array.from({ length: draws }, isHit).filter(Boolean).length;

describe("A stream of random values", () => {
  test("repeats itself for the same seed, and only then", () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  });

  test("has forks whose values depend on the seed and the label only", () => {
    const random = new Random(7);
    const early = draw(random.fork("a"));
    random.below(10);
    expect(draw(random.fork("a"))).toEqual(early);
    for (const other of [random, random.fork("b"), new Random(8).fork("a"), random.fork("a").fork("a")]) {
      expect(draw(other)).not.toEqual(early);
    }
  });

  test("draws integers from the whole range, with both ends", () => {
    const random = new Random(7);
    const values = Array.from({ length: 1_000 }, () => random.between(-2, 2));
    expect([...new Set(values)].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(new Set(Array.from({ length: 1_000 }, () => random.below(3)))).toEqual(new Set([0, 1, 2]));
  });

  test.each([
    [0, 0, 0],
    [0.1, 50, 150],
    [0.9, 850, 950],
    [1, 1_000, 1_000],
  ])("hits a chance of %d between %d and %d times in 1000", (probability, fewest, most) => {
    const random = new Random(7);
    const hits = count(1_000, () => random.chance(probability));
    expect(hits).toBeGreaterThanOrEqual(fewest);
    expect(hits).toBeLessThanOrEqual(most);
  });

  test("picks each item of a list, and none of an empty one", () => {
    const random = new Random(7);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(["a", "b"])))).toEqual(new Set(["a", "b"]));
    expect(() => random.pick([])).toThrow(RangeError);
  });

  test("draws UUIDs of version 4 that differ", () => {
    const random = new Random(7);
    const ids = Array.from({ length: 100 }, () => random.uuid());
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});
