/** Of several measurements of one thing: the middle one, and the two that half of all lie between. */
export interface Summary {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

/**
 * Sums measurements up.
 *
 * @throws {RangeError} when there are none
 */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("There is nothing to sum up");
  const sorted = [...samples].sort((one, other) => one - other);
  const quantile = (share: number) => {
    const position = (sorted.length - 1) * share;
    const [below = 0, above = below] = sorted.slice(Math.floor(position), Math.floor(position) + 2);
    return below + (above - below) * (position % 1);
  };
  return { median: quantile(0.5), quartiles: [quantile(0.25), quantile(0.75)] };
}

/** Measurements against others of the same round: the machine's speed, which changes by the minute, cancels out. */
export function ratios(samples: readonly number[], base: readonly number[]): number[] {
  return samples.map((sample, round) => sample / (base[round] ?? Number.NaN));
}

/** The members of a list in random order, so that none always follows the same other. */
export function shuffle<Member>(members: readonly Member[]): Member[] {
  return members
    .map((member) => ({ member, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ member }) => member);
}
