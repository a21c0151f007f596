import type { Measurements } from "./goals.ts";
import type { MetricName } from "./measure.ts";
import { summarise } from "./statistics.ts";
import { SUBJECT_NAMES, SUBJECTS } from "./subjects.ts";

const PANELS: readonly (readonly [MetricName, string])[] = [
  ["coldCpu", "Cold start to first reply: CPU time, ms"],
  ["firstWallAtShare", "First event at 256 MB's CPU share, ms"],
  ["warmCpu", "Warm event: CPU time, ms"],
];

const WIDTH = 760;
const LABEL_WIDTH = 110;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 20;
const ROW_HEIGHT = 26;
const TITLE_HEIGHT = 34;
const PANEL_HEIGHT = TITLE_HEIGHT + SUBJECT_NAMES.length * ROW_HEIGHT + 14;

/** Draws the medians as a bar chart in SVG, legible on light and dark pages. */
export function chart({ samples }: Pick<Measurements, "samples">): string {
  const panels = PANELS.filter(([metric]) => samples.ours[metric] !== undefined).map(([metric, title], panel) => {
    const medians = SUBJECT_NAMES.map((name) => summarise(samples[name][metric] ?? []).median);
    const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...medians);
    const top = panel * PANEL_HEIGHT;
    const rows = SUBJECT_NAMES.map((name, row) => {
      const median = medians[row] ?? 0;
      const y = top + TITLE_HEIGHT + row * ROW_HEIGHT;
      const width = median * scale;
      const baseline = y + BAR_HEIGHT - 5;
      return [
        `<text x="${LABEL_WIDTH - 10}" y="${baseline}" text-anchor="end">${SUBJECTS[name]}</text>`,
        `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" fill="${name === "ours" ? "#d9480f" : "#868e96"}"/>`,
        `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${baseline}">${median.toFixed(median < 10 ? 2 : 0)}</text>`,
      ].join("\n");
    });
    return `<text x="0" y="${top + 20}" font-weight="bold">${title}</text>\n${rows.join("\n")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 ${WIDTH + 10} ${panels.length * PANEL_HEIGHT}" font-family="sans-serif" font-size="14" fill="#495057">
<title>Medians of the five functions</title>
<rect x="-10" width="100%" height="100%" fill="#ffffff"/>
${panels.join("\n")}
</svg>
`;
}
