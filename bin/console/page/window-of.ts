/** Rows beyond the edge of the view, so that scrolling shows no gap. */
const MARGIN = 8;

/** The rows to render: those in view and a few beyond. `last` is not included. */
export function windowOf(
  { top, height, rowHeight }: { readonly top: number; readonly height: number; readonly rowHeight: number },
  rows: number,
): { readonly first: number; readonly last: number } {
  const first = Math.min(rows, Math.max(0, Math.floor(top / rowHeight) - MARGIN));
  return { first, last: Math.min(rows, Math.ceil((top + height) / rowHeight) + MARGIN) };
}
