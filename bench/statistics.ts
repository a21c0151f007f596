/** The median and the quartiles of several samples; half of the samples lie between the quartiles. */
export interface Summary {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

/**
 * The median and the quartiles of samples.
 *
 * @throws {RangeError} when there are no samples
 */
export function summarise(samples: readonly number[]): Summary {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(samples, share)) as [number, number, number];
  return { median, quartiles: [low, high] };
}

/**
 * The value that a share of the samples does not exceed, interpolated between neighbours.
 *
 * @param share from 0 to 1, such as 0.99
 * @throws {RangeError} when there are no samples
 */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError("There are no samples to summarise");
  const sorted = [...samples].sort((one, other) => one - other);
  const position = (sorted.length - 1) * share;
  const [below = 0, above = below] = sorted.slice(Math.floor(position), Math.floor(position) + 2);
  return below + (above - below) * (position % 1);
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
