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
    // Tests that are started together each run a whole local system.
    maxConcurrency: 2,
    // Many tests wait for time-outs; by default Vitest would leave one of two cores idle.
    maxWorkers: "100%",
    globalSetup: "test/support/global-setup.ts",
    // The slowest tests start whole systems and CDK's command line, which takes its time on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
