import { expect, onTestFinished, test } from "vitest";
import { takeOverSignals } from "../../../bin/shared/run-command.ts";

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s interrupts a command that takes over signals", (signal) => {
  const others = process.listeners(signal);
  const interruption = takeOverSignals();
  onTestFinished(() => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      for (const listener of process.listeners(name)) if (!others.includes(listener)) process.off(name, listener);
    }
  });
  expect(interruption.aborted).toBe(false);
  const [listener] = process.listeners(signal).filter((candidate) => !others.includes(candidate));
  listener?.(signal);
  expect(interruption.aborted).toBe(true);
});
