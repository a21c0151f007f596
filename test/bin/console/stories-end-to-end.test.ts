import { test } from "vitest";
import { STORIES } from "../../../bin/console/stories.ts";
import { Destination } from "../../../lib/destination.ts";
import { CONSOLE_TOKEN, startStorySystem } from "../../support/console-system.ts";
import { startModeratingHandler } from "../../support/moderating-handler.ts";

const ids = STORIES.map(({ id }) => id);

// Each on a system of its own, so that they wait at the same time.
test.concurrent.for([
  ["on a FIFO queue", Destination.fifoQueue(), ids.filter((id) => !["token-rotated", "handler-down"].includes(id))],
  ["about the token", Destination.fifoQueue(), ["token-rotated"]],
  ["about an existing handler", Destination.fifoQueue(), ["handler-down"]],
  ["about a standard queue", Destination.standardQueue(), ["destination-down", "lost-answer"]],
  ["about a bus", Destination.eventBus(), ["destination-down", "lost-answer"]],
] as const)(
  "The stories %s pass in the running system",
  async ([_topic, destination, stories], { expect, onTestFinished }) => {
    const handler = await startModeratingHandler({ token: CONSOLE_TOKEN });
    onTestFinished(handler.close);
    await using system = await startStorySystem({ destination, relayUrl: handler.url });
    for (const id of stories) {
      expect(await system.tell(id)).toMatchObject({ id, status: "passed", verdict: expect.stringMatching(/^\d/) });
    }
  },
);
