import type { Mutation } from "./mutation.ts";

/** Faults in counting. */
export const METRICS: readonly Mutation[] = [
  {
    name: "never writes metrics",
    file: "functions/metrics.ts",
    find: "if (this.#sums.size === 0 || !(isDue || this.#isUrgent)) return;",
    replace: "return;",
  },
  {
    name: "writes metrics with every callback",
    file: "functions/metrics.ts",
    find: "const isDue = now >= this.#nextWrite ||",
    replace: "const isDue = true ||",
  },
  {
    name: "counts again what it has written",
    file: "functions/metrics.ts",
    find: "this.#sums.clear();",
    replace: "",
  },
  {
    name: "counts an accepted callback twice",
    file: "functions/callback/handle-callback.ts",
    find: 'metrics.count("Accepted");',
    replace: 'metrics.count("Accepted");\n    metrics.count("Accepted");',
  },
  {
    name: "does not count what was not stored",
    file: "functions/callback/handle-callback.ts",
    find: 'metrics.count("NotStored");',
    replace: "",
  },
  {
    name: "does not count refusals",
    file: "functions/metrics.ts",
    find: 'this.count("Refused", reason);',
    replace: "",
  },
  {
    name: "writes no metrics after the clock was set back",
    file: "functions/metrics.ts",
    find: " || now < this.#nextWrite - INTERVAL_MS",
    replace: "",
  },
];
