import { checkReplies, replayLateEvents } from "./overload.ts";
import { seconds } from "./phrases.ts";
import type { Story } from "./story.ts";

/** One for each second of the minute. */
const CALLBACKS = 60;
/**
 * So that the minute passes within three seconds: the republish function tries the first event for five, and hides it for half a
 * minute only then.
 */
const PER_SECOND = 20;

/** Events wait on standby while the destination fails. */
export const destinationDown: Story = {
  id: "destination-down",
  title: "Destination down for a minute",
  summary:
    "A minute's traffic, played in three seconds: 60 read reports arrive while the destination fails. They wait on standby, " +
    "and reach the destination when it is back.",
  async run(world) {
    world.break("destination", "fail");
    world.say("The destination answers every call with an error 500.");
    const statuses = await world.sendSteadily(CALLBACKS, PER_SECOND);
    checkReplies(world, statuses);
    const waiting = world.count("standby");
    world.check(
      `${waiting} wait on standby; the destination has none.`,
      waiting > 0 && waiting + world.count("log") === CALLBACKS && world.events === 0,
    );
    world.heal("destination");
    world.say("The destination is back.");
    await replayLateEvents(world);
    await world.until(
      "Standby is empty, and every event is at the destination.",
      () => world.count("stored") === CALLBACKS && world.events === CALLBACKS,
    );
    return `${CALLBACKS} callbacks, ${world.events} events, none lost; ${world.waits.length} of them waited on standby, for up to ${seconds(Math.max(...world.waits))}.`;
  },
};
