import { runNamedCommand } from "../bin/shared/run-command.ts";

await runNamedCommand({
  simulate: () => import("./simulate.ts"),
  "simulate:mutations": () => import("./mutate.ts"),
});
