import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { SystemState } from "../../protocol.ts";
import type { PartId } from "../../system-parts.ts";
import { formatNumber } from "../words.ts";
import { type Box, drawEdge } from "./draw-edge.ts";
import { type Movements, movementsBetween } from "./movements.ts";

/** Dots for one movement: enough to show a crowd, few enough to draw. */
const MOST_DOTS = 6;

/** How long a movement is shown, in milliseconds; no shorter than its dots travel. */
const MOVEMENT_MS = 1200;

/** The arrows between the parts, drawn where the style sheet has put those, and what moves along them. */
export function Edges({ system }: { readonly system: SystemState }) {
  const drawing = useRef<SVGSVGElement>(null);
  const [boxes, setBoxes] = useState<Readonly<Partial<Record<PartId, Box>>>>({});
  const { batch, movements } = useMovements(system);

  useLayoutEffect(() => {
    const svg = drawing.current as SVGSVGElement;
    const parts = [...(svg.parentElement?.querySelectorAll<HTMLElement>("[data-part]") ?? [])];
    const measure = () => {
      const origin = svg.getBoundingClientRect();
      const measured = parts.map((part) => {
        const { left, top, right, bottom } = part.getBoundingClientRect();
        const [x, y] = [origin.left, origin.top];
        return [part.dataset["part"], { left: left - x, top: top - y, right: right - x, bottom: bottom - y }];
      });
      setBoxes(Object.fromEntries(measured));
    };
    const observer = new ResizeObserver(measure);
    for (const part of [svg, ...parts]) observer.observe(part);
    return () => observer.disconnect();
  }, [system.destination]);

  const paths = system.edges.flatMap(({ from, to, isMain }) => {
    const [start, end] = [boxes[from], boxes[to]];
    if (!start || !end) return [];
    const isBroken = system.parts.some(({ id, fault }) => fault && (id === to || (id === from && id === "secrets")));
    return [{ id: `${from}-${to}` as keyof Movements, path: drawEdge(start, end), isMain, isBroken }];
  });
  return (
    <svg class="edges" ref={drawing} aria-hidden="true">
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7.5"
        refY="4"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path d="M0 0 8 4 0 8z" />
      </marker>
      {paths.map(({ id, path, isMain, isBroken }) => (
        <path
          key={id}
          class={`edge ${isMain ? "is-main" : ""} ${isBroken ? "is-broken" : ""}`}
          d={path}
          marker-end="url(#arrow)"
        />
      ))}
      {paths.map(({ id, path }) => {
        const number = movements[id];
        return number && <Dots key={`${batch}-${id}`} path={path} edge={id} number={number} />;
      })}
    </svg>
  );
}

function Dots({ path, edge, number }: { readonly path: string; readonly edge: string; readonly number: number }) {
  const offsetPath = `path("${path}")`;
  // Later edges on a callback's way start later.
  const start = edge.startsWith("tencent") ? 0 : edge.startsWith("api") ? 0.15 : 0.3;
  const dots = Math.min(number, MOST_DOTS);
  return (
    <g>
      {Array.from({ length: dots }, (_, index) => (
        <circle key={index} class="dot" r="4" style={{ offsetPath, animationDelay: `${start + index * 0.06}s` }} />
      ))}
      <text class="moved" dy="-6" style={{ offsetPath }}>
        +{formatNumber(number)}
      </text>
    </g>
  );
}

/** What has moved lately, in batches: a burst changes the state more often than dots could travel. */
function useMovements(system: SystemState): { readonly batch: number; readonly movements: Movements } {
  const [shown, setShown] = useState<{ readonly batch: number; readonly movements: Movements }>(NOTHING);
  const latest = useRef(system);
  const before = useRef(system);
  const isShowing = useRef(false);
  latest.current = system;
  useEffect(() => {
    if (isShowing.current) return;
    const show = () => {
      const movements = movementsBetween(before.current, latest.current);
      before.current = latest.current;
      const hasMoved = Object.keys(movements).length > 0;
      if (hasMoved) setTimeout(show, MOVEMENT_MS);
      if (hasMoved || isShowing.current) setShown(({ batch }) => ({ batch: batch + 1, movements }));
      isShowing.current = hasMoved;
    };
    show();
  }, [system]);
  return shown;
}

const NOTHING = { batch: 0, movements: {} };
