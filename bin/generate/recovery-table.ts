import { CONSTRUCT_SETTINGS } from "../../lib/settings.ts";

/** Values of `republishConcurrency` to show: the least, the default, and two up to the most. */
const CONCURRENCIES: readonly number[] = [2, CONSTRUCT_SETTINGS.republishConcurrency.default, 20, 60];

/**
 * Writes how fast standby empties into a page of the documentation, between `<!-- recovery -->` and `<!-- /recovery -->`.
 *
 * @param eventsPerSecond how many events one environment republishes a second
 */
export function withRecoveryTable(page: string, eventsPerSecond: number): string {
  const { rateLimit } = CONSTRUCT_SETTINGS.throttle.default;
  const rows = CONCURRENCIES.map((concurrency) => {
    const rate = concurrency * eventsPerSecond;
    const minutes = (rateLimit * 60) / rate;
    const cells = [concurrency, Math.round(rate), formatMinutes(minutes)];
    return `| ${cells.map((cell) => cell.toLocaleString("en-US")).join(" | ")} |`;
  });
  const table = [
    "| `republishConcurrency` | Events a second | Recovery from an hour's outage |",
    "|--:|--:|--:|",
    ...rows,
  ].join("\n");
  return page.replace(
    /<!-- recovery -->.*<!-- \/recovery -->/s,
    () => `<!-- recovery -->\n${table}\n<!-- /recovery -->`,
  );
}

/** In minutes, or in hours to a tenth if that is more than two. */
function formatMinutes(minutes: number): string {
  return minutes > 120 ? `${(minutes / 60).toFixed(1)} hours` : `${Math.round(minutes)} minutes`;
}
