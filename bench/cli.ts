import { runNamedCommand } from "../bin/shared/run-command.ts";

await runNamedCommand({
  bench: () => import("./bench.ts"),
  "bench:load": () => import("./load.ts"),
});
