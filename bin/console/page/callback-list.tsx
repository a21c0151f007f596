import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CallbackRow, Verdict } from "../protocol.ts";
import { CallbackListRow } from "./callback-list-row.tsx";
import { Button } from "./components/button.tsx";
import { Icon } from "./components/icon.tsx";
import { Select } from "./components/select.tsx";
import { useStore } from "./create-store.ts";
import { commandsOf, type Filter, filterRows } from "./filter-rows.ts";
import { callbackHref } from "./route.ts";
import { callbacks, store, touchCallbacks } from "./store.ts";
import { windowOf } from "./window-of.ts";
import { count, formatNumber, VERDICT_LABELS } from "./words.ts";

const VERDICTS = Object.entries(VERDICT_LABELS) as [Verdict, string][];

const COLUMNS = ["Time", "Verdict", "Reason", "Command", "Accounts", "ms"];

/** Below this width, in pixels, a row has two lines. */
const COMPACT_BELOW = 640;

/** The height of a row, in multiples of the reader's font size. */
const ROW_REM = 2.43;
const COMPACT_ROW_REM = 3.86;

/** The callbacks, newest first. */
export function CallbackList({
  filter,
  onFilter,
  open,
}: {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  /** The callback whose detail is open. */
  readonly open: string | undefined;
}) {
  const revision = useStore(store, ({ revision }) => revision);
  const shown = useMemo(() => callbacks.shown(), [revision]);
  const rows = useMemo(() => filterRows(shown, filter), [shown, filter]);
  const commands = useMemo(() => commandsOf(shown, filter.command), [shown, filter.command]);
  const change = (act: () => void) => () => {
    act();
    touchCallbacks();
  };
  return (
    <section class="list card" aria-label="Callbacks">
      <div class="toolbar">
        <h2>
          Callbacks <span class="muted">{count(rows.length, "row")}</span>
        </h2>
        <div class="filters">
          <Select
            aria-label="Verdict"
            value={filter.verdict ?? ""}
            options={[["", "All verdicts"], ...VERDICTS]}
            onSelect={(verdict) => onFilter({ ...filter, verdict: verdict || undefined })}
          />
          <Select
            aria-label="Command"
            value={filter.command ?? ""}
            options={[["", "All commands"], ...commands.map((command) => [command, command] as const)]}
            onSelect={(command) => onFilter({ ...filter, command: command || undefined })}
          />
          <input
            type="search"
            aria-label="Account"
            placeholder="Account"
            value={filter.account ?? ""}
            onInput={({ currentTarget }) => onFilter({ ...filter, account: currentTarget.value || undefined })}
          />
        </div>
        <div class="row">
          {callbacks.isPaused ? (
            <Button class="primary" onClick={change(() => callbacks.resume())}>
              <Icon name="play" />
              Resume{callbacks.heldBack > 0 && ` (${formatNumber(callbacks.heldBack)} new)`}
            </Button>
          ) : (
            <Button onClick={change(() => callbacks.pause())}>
              <Icon name="pause" />
              Pause
            </Button>
          )}
          <Button aria-disabled={shown.length === 0} onClick={change(() => callbacks.clear())}>
            Clear
          </Button>
        </div>
      </div>
      <Grid rows={rows} open={open} />
      {rows.length === 0 && (
        <p class="empty">
          {shown.length === 0 ? (
            callbacks.isPaused ? (
              "Paused: resume to see new callbacks."
            ) : (
              "Send a callback, or play a story."
            )
          ) : (
            <>
              No callback matches the filters.{" "}
              <button type="button" class="link" onClick={() => onFilter({})}>
                Show all
              </button>
            </>
          )}
        </p>
      )}
    </section>
  );
}

function Grid({ rows, open }: { readonly rows: readonly CallbackRow[]; readonly open: string | undefined }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, rowHeight: 34, isCompact: false });
  const [active, setActive] = useState(open);
  const { rowHeight } = view;
  const { first, last } = windowOf(view, rows.length);
  const anchor = useRef<string | undefined>(undefined);

  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const observer = new ResizeObserver(() => {
      const { scrollTop: top, clientHeight: height, clientWidth } = element;
      const isCompact = clientWidth < COMPACT_BELOW;
      const rems = isCompact ? COMPACT_ROW_REM : ROW_REM;
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setView({ top, height, isCompact, rowHeight: Math.round(rems * rem) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => setActive((active) => open ?? active), [open]);

  // New rows arrive at the top. After scrolling down, the same rows stay in view.
  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const top = Math.floor(element.scrollTop / rowHeight);
    const moved = element.scrollTop > 0 ? rows.findIndex(({ id }) => id === anchor.current) : -1;
    if (moved > top) element.scrollTop += (moved - top) * rowHeight;
    anchor.current = rows[Math.floor(element.scrollTop / rowHeight)]?.id;
  }, [rows]);

  const onScroll = () => {
    const element = scroller.current as HTMLDivElement;
    anchor.current = rows[Math.floor(element.scrollTop / rowHeight)]?.id;
    setView({ ...view, top: element.scrollTop });
  };
  const moveTo = (index: number) => {
    const next = Math.min(Math.max(index, 0), rows.length - 1);
    setActive(rows[next]?.id);
    const element = scroller.current as HTMLDivElement;
    const top = next * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + view.height) element.scrollTop = top + rowHeight - view.height;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ id }) => id === active);
    const page = Math.floor(view.height / rowHeight);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) moveTo(move);
    else if (event.key === "Enter" && active !== undefined) location.hash = callbackHref(active);
    else return;
    event.preventDefault();
  };
  const inView = rows.slice(first, last);
  const isActiveInView = inView.some(({ id }) => id === active);
  return (
    <div class="scroller" ref={scroller} onScroll={onScroll}>
      <table
        class={view.isCompact ? "grid is-compact" : "grid"}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as in https://www.w3.org/WAI/ARIA/apg/patterns/grid/
        role="grid"
        aria-label="Callbacks, newest first"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={isActiveInView ? `row-${active}` : undefined}
        tabIndex={0}
        // The room of the rows that are out of view.
        style={{
          marginTop: `${first * rowHeight}px`,
          marginBottom: `${(rows.length - last) * rowHeight}px`,
          "--row-height": `${rowHeight}px`,
        }}
        onKeyDown={onKeyDown}
        onFocus={() => active ?? moveTo(0)}
      >
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {inView.map((row, offset) => (
            <CallbackListRow
              key={row.id}
              row={row}
              index={first + offset + 2}
              isActive={row.id === active}
              isOpen={row.id === open}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}
