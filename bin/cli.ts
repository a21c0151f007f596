import { runNamedCommand } from "./shared/run-command.ts";

// A new command takes a module that exports `definition` and `main`, a line here, and a script in package.json.
await runNamedCommand({
  start: () => import("./start.ts"),
  send: () => import("./send.ts"),
  receive: () => import("./receive.ts"),
  replay: () => import("./replay.ts"),
  doctor: () => import("./doctor.ts"),
  build: () => import("./build.ts"),
  generate: () => import("./generate.ts"),
  integ: () => import("./integ.ts"),
});
