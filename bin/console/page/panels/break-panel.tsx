/** Placeholder. */
export function BreakPanel() {
  return <p>Break</p>;
}
