/** The median and the quartiles of several samples; half of the samples lie between the quartiles. */
export interface Summary {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

/**
 * The median and the quartiles of samples, interpolated between neighbours.
 *
 * @throws {RangeError} when there are no samples
 */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("There are no samples to summarise");
  const sorted = [...samples].sort((one, other) => one - other);
  const quantile = (share: number) => {
    const position = (sorted.length - 1) * share;
    const [below = 0, above = below] = sorted.slice(Math.floor(position), Math.floor(position) + 2);
    return below + (above - below) * (position % 1);
  };
  return { median: quantile(0.5), quartiles: [quantile(0.25), quantile(0.75)] };
}

/** Divides each sample by the base's sample of the same round, which cancels out changes in the machine's speed. */
export function ratios(samples: readonly number[], base: readonly number[]): number[] {
  return samples.map((sample, round) => sample / (base[round] ?? Number.NaN));
}

/** The members of a list in random order, so that no member always follows the same other one. */
export function shuffle<Member>(members: readonly Member[]): Member[] {
  return members
    .map((member) => ({ member, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ member }) => member);
}
