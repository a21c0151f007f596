/** A rectangle, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const RADIUS = 8;

/**
 * Draws the way from one box to another: straight if one is next to or below the other, else through the gap between
 * their rows.
 *
 * @returns the data of an SVG path
 */
export function drawEdge(from: Box, to: Box): string {
  const rows = overlap(from.top, from.bottom, to.top, to.bottom);
  if (rows !== undefined) {
    return from.right <= to.left ? `M${from.right} ${rows}H${to.left}` : `M${from.left} ${rows}H${to.right}`;
  }
  const isDown = from.bottom <= to.top;
  const [start, end] = isDown ? [from.bottom, to.top] : [from.top, to.bottom];
  const columns = overlap(from.left, from.right, to.left, to.right);
  if (columns !== undefined) return `M${columns} ${start}V${end}`;

  const isRight = from.right <= to.left;
  const x = from.left + (from.right - from.left) * (isRight ? 0.8 : 0.2);
  const target = (to.left + to.right) / 2;
  const middle = (start + end) / 2;
  const radius = Math.min(RADIUS, Math.abs(end - start) / 2, Math.abs(target - x) / 2);
  const across = isRight ? radius : -radius;
  const along = isDown ? radius : -radius;
  return [
    `M${x} ${start}V${middle - along}q0 ${along} ${across} ${along}`,
    `H${target - across}q${across} 0 ${across} ${along}V${end}`,
  ].join("");
}

/** The middle of what two ranges share, if they do. */
function overlap(start: number, end: number, otherStart: number, otherEnd: number): number | undefined {
  const from = Math.max(start, otherStart);
  const to = Math.min(end, otherEnd);
  return from < to ? (from + to) / 2 : undefined;
}
