/** Placeholder. */
export function StoriesPanel() {
  return <p>Stories</p>;
}
