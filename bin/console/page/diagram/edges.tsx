import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { SystemState } from "../../protocol.ts";
import { formatNumber } from "../words.ts";
import { type Box, drawEdge } from "./draw-edge.ts";
import { type Movements, movementsBetween } from "./movements.ts";
import type { Edge, PartId } from "./parts.ts";

/** Dots for one movement: enough to show a crowd, few enough to draw. */
const MOST_DOTS = 6;

/** Callbacks that travel along an edge for one second. */
interface Travel {
  readonly key: number;
  readonly edge: keyof Movements;
  readonly number: number;
}

/** The arrows between the parts, drawn where the style sheet has put those, and what moves along them. */
export function Edges({ system, edges }: { readonly system: SystemState; readonly edges: readonly Edge[] }) {
  const drawing = useRef<SVGSVGElement>(null);
  const [boxes, setBoxes] = useState<Readonly<Partial<Record<PartId, Box>>>>({});
  const travels = useTravels(system);

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

  const paths = edges.flatMap(({ from, to, isMain }) => {
    const [start, end] = [boxes[from], boxes[to]];
    return start && end ? [{ id: `${from}-${to}` as keyof Movements, path: drawEdge(start, end), isMain }] : [];
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
      {paths.map(({ id, path, isMain }) => (
        <path key={id} class={isMain ? "edge is-main" : "edge"} d={path} marker-end="url(#arrow)" />
      ))}
      {travels.map(({ key, edge, number }) => {
        const path = paths.find(({ id }) => id === edge)?.path;
        return path && <Dots key={key} path={path} edge={edge} number={number} />;
      })}
    </svg>
  );
}

function Dots({ path, edge, number }: { readonly path: string; readonly edge: string; readonly number: number }) {
  const offsetPath = `path("${path}")`;
  // Later edges on a callback's way start later.
  const start = edge.startsWith("tencent") ? 0 : edge.startsWith("api") ? 0.25 : 0.5;
  const dots = Math.min(number, MOST_DOTS);
  return (
    <g>
      {Array.from({ length: dots }, (_, index) => (
        <circle key={index} class="dot" r="4" style={{ offsetPath, animationDelay: `${start + index * 0.08}s` }} />
      ))}
      <text class="moved" dy="-6" style={{ offsetPath }}>
        +{formatNumber(number)}
      </text>
    </g>
  );
}

/** The movements of the last second or two. */
function useTravels(system: SystemState): readonly Travel[] {
  const [travels, setTravels] = useState<readonly Travel[]>([]);
  const previous = useRef(system);
  const next = useRef(0);
  useEffect(() => {
    const movements = movementsBetween(previous.current, system);
    previous.current = system;
    const started = Object.entries(movements).map(([edge, number]) => {
      return { key: next.current++, edge: edge as keyof Movements, number };
    });
    if (started.length === 0) return;
    setTravels((travels) => [...travels, ...started]);
    setTimeout(() => setTravels((travels) => travels.filter((travel) => !started.includes(travel))), 2000);
  }, [system]);
  return travels;
}
