/** Placeholder. */
export function SendPanel() {
  return <p>Send</p>;
}
