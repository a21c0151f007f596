import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests that are started together each run a whole local system.
    maxConcurrency: 2,
    // Many tests wait for time-outs; by default Vitest would leave one of two cores idle.
    maxWorkers: "100%",
    globalSetup: "test/support/global-setup.ts",
    // The slowest single tests wait for the 3.5 s after which the function gives up.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
