import { markdownTable } from "./markdown-table.ts";

/** How long before-callbacks take with an existing handler, by `npm run bench`. Times are in milliseconds. */
export interface RelayLatency {
  /** How long the handler takes on purpose. */
  readonly handlerMs: number;
  /** The function's share of a CPU after INIT, in percent. */
  readonly cpuShare: number;
  /** The handler without this project. */
  readonly alone: Percentiles;
  /** The handler through this project. */
  readonly relayed: Percentiles;
  /** Medians of the differences in each run. */
  readonly added: Percentiles;
  /** From the start of a new environment's process to the first reply. */
  readonly coldStart: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/**
 * Writes how long users wait for moderation into a page of the documentation, between `<!-- relay-latency -->` and
 * `<!-- /relay-latency -->`.
 */
export function withLatencyTable(page: string, latency: RelayLatency): string {
  return page.replace(
    /<!-- relay-latency -->.*<!-- \/relay-latency -->/s,
    () => `<!-- relay-latency -->\n${section(latency)}\n<!-- /relay-latency -->`,
  );
}

function section({ handlerMs, cpuShare, alone, relayed, added, coldStart }: RelayLatency): string {
  const row = (name: string, ...times: readonly number[]) => [name, ...times.map((time) => time.toFixed(1))];
  const table = markdownTable(
    ["Milliseconds of a before-callback", "Handler alone", "Through this endpoint", "Added"],
    [
      row("median", alone.p50, relayed.p50, added.p50),
      row("99th percentile", alone.p99, relayed.p99, added.p99),
      row("first callback of a new environment, including its start", alone.p50, coldStart, coldStart - alone.p50),
    ],
  );
  return `${table}

[\`npm run bench\`](performance.md#relaying) measures this on one machine, where the handler takes ${handlerMs} ms and replies over HTTPS.
*Added* is the median of the runs' own differences. The function starts with a whole CPU; then it has ${cpuShare.toFixed(0)} % of one. The times
leave out API Gateway, Lambda's own work and the network.`;
}
