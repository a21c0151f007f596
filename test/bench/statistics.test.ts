import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ratios, shuffle, summarise } from "../../bench/statistics.ts";

describe("A summary", () => {
  test.each([
    { samples: [3], median: 3, quartiles: [3, 3] },
    { samples: [4, 1, 3, 2, 5], median: 3, quartiles: [2, 4] },
    { samples: [1, 2, 3, 4], median: 2.5, quartiles: [1.75, 3.25] },
  ])("of $samples has the median $median", ({ samples, median, quartiles }) => {
    expect(summarise(samples)).toEqual({ median, quartiles });
  });

  test("does not depend on the order of the samples, and lies within their range", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
        const { median, quartiles } = summarise(samples);
        expect(summarise(shuffle(samples))).toEqual({ median, quartiles });
        const ordered = [Math.min(...samples), quartiles[0], median, quartiles[1], Math.max(...samples)];
        expect(ordered).toEqual([...ordered].sort((one, other) => one - other));
      }),
    );
  });

  test("of no samples is an error", () => {
    expect(() => summarise([])).toThrow(RangeError);
  });
});

test("A ratio compares samples of the same round", () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});
