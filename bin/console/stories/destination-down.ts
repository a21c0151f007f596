import { longestWait } from "./phrases.ts";
import type { Story } from "./story.ts";

/** One for each second of the minute. */
const CALLBACKS = 60;
/** So that the minute lasts three seconds: less than the republish function's first attempt, which the healing lets succeed. */
const PER_SECOND = 20;

/** Events wait on standby while the destination fails. */
export const destinationDown: Story = {
  id: "destination-down",
  title: "Destination down for a minute",
  summary:
    "A minute's read reports, one a second, arrive within three seconds, while the destination fails. They wait on standby, and reach the destination as soon as it is back.",
  async run(world) {
    world.break("destination", "fail");
    world.say("The destination answers every call with an error 500.");
    const replies = await world.sendSteadily(CALLBACKS, PER_SECOND);
    world.check(
      `Tencent got OK for all ${CALLBACKS} callbacks.`,
      replies.every((status) => status === 200),
    );
    const waiting = world.count("standby");
    world.check(`${waiting} events wait on standby; the destination has ${world.events.length}.`, waiting > 0);
    world.heal("destination");
    world.say("The destination is back.");
    await world.until(
      "Standby is empty, and every event is at the destination.",
      () => world.count("stored") === CALLBACKS,
    );
    world.check(`No event is there twice.`, world.events.length === CALLBACKS);
    return `${CALLBACKS} callbacks, ${world.events.length} events, none lost; ${world.waits.length} of them waited on standby for up to ${longestWait(world)}.`;
  },
};
