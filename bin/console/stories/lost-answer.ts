import { checkReplies, replayLateEvents } from "./overload.ts";
import type { Story } from "./story.ts";

const CALLBACKS = 10;

/** Events that were stored although the answer was lost are sent again, and are recognised. */
export const lostAnswer: Story = {
  id: "lost-answer",
  title: "SQS loses an answer",
  summary:
    "The destination stores each event, but its answer gets lost, so the function sends the event again. Its deduplicationId " +
    "tells a FIFO queue, or a consumer, that it is a repeat.",
  async run(world) {
    world.break("destination", "lose-answer");
    world.say("The destination stores events, but cuts the connection before it answers.");
    const replies = world.sendSteadily(CALLBACKS, 100);
    await world.until(
      `All ${CALLBACKS} events are stored, and the function does not know.`,
      () => world.events === CALLBACKS,
    );
    world.heal("destination");
    world.say("Answers arrive again.");
    checkReplies(world, await replies);
    await replayLateEvents(world);
    await world.until("No event is on standby.", () => world.count("stored") === CALLBACKS);
    const repeats = world.copies + world.dropped;
    world.check(`The function sent ${repeats} repeats.`, repeats > 0);
    if (world.destination !== "fifo") {
      return `${CALLBACKS} callbacks, ${world.events} events, and ${world.copies} copies: consumers drop those by deduplicationId, or use a FIFO queue.`;
    }
    world.check("The FIFO queue dropped them all.", world.copies === 0);
    return `${CALLBACKS} callbacks, ${world.events} events, each once: the queue dropped ${world.dropped} repeats.`;
  },
};
