import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The examples import the package by its name, which would want it built.
  resolve: {
    alias: [
      { find: /^tencent-chat-events$/, replacement: join(import.meta.dirname, "lib/index.ts") },
      { find: /^tencent-chat-events\/events$/, replacement: join(import.meta.dirname, "events/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // CDK prints warnings that tests ask for.
    silent: "passed-only",
    globalSetup: "test/support/global-setup.ts",
    // A file shares its worker's modules with those before it: loading and warming up CDK again for each would take most of
    // the time. So a file that changes something global, such as a spy or the clock, has to change it back.
    isolate: false,
    // Two for each core, as many tests wait for time-outs or other processes.
    maxWorkers: 2 * availableParallelism(),
    // Generous, so that no test depends on the machine's load. Benchmarks measure time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
