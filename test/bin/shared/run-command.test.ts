import type { EventEmitter } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { takeOverSignals } from "../../../bin/shared/run-command.ts";

const SOURCES: readonly (readonly [event: string, emitter: EventEmitter])[] = [
  ["SIGINT", process],
  ["SIGTERM", process],
  ["SIGHUP", process],
  // Nobody reads its output any more.
  ["error", process.stdout],
];

test.each(SOURCES)("%s interrupts a command that takes over signals", (event) => {
  const others = new Set(SOURCES.flatMap(([name, emitter]) => emitter.listeners(name)));
  const added = () =>
    SOURCES.flatMap(([name, emitter]) =>
      emitter
        .listeners(name)
        .filter((listener) => !others.has(listener))
        .map((listener) => ({ name, emitter, listener: listener as () => void })),
    );
  const interruption = takeOverSignals();
  onTestFinished(() => {
    for (const { name, emitter, listener } of added()) emitter.off(name, listener);
  });
  expect(interruption.aborted).toBe(false);
  added()
    .find(({ name }) => name === event)
    ?.listener();
  expect(interruption.aborted).toBe(true);
});
