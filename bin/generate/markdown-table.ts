/** Formats a table in Markdown: the first column aligned to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => (column === 0 ? "---" : "--:")).join("|");
  const lines = [header, ...rows].map((cells) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |"));
  return [lines[0], `|${rule}|`, ...lines.slice(1)].join("\n");
}
