import type { Story } from "./story.ts";

const CALLBACKS = 5;

/** Events that only the log has are put back by `npm run replay`. */
export const everythingDown: Story = {
  id: "everything-down",
  title: "Everything down",
  summary:
    "Neither the destination nor standby takes an event. The function's log keeps it, and npm run replay puts it back once " +
    "the destination has recovered.",
  async run(world) {
    world.break("destination", "fail");
    world.break("standby", "fail");
    world.say("Destination and standby answer every call with an error 500.");
    const statuses = await world.sendSteadily(CALLBACKS, 10);
    world.check(
      `Tencent gets 503 for all ${CALLBACKS}, after the function has tried for 3.5 s.`,
      statuses.every((status) => status === 503),
    );
    await world.until("Only the log has the events.", () => world.count("log") === CALLBACKS);
    world.check("The destination has none of them.", world.events === 0);
    world.heal("destination");
    world.heal("standby");
    world.say("Both are back. Nothing happens on its own: an operator has to replay the log.");
    const { putBack, problems } = await world.replay();
    for (const problem of problems) world.say(`Replay says: ${problem}.`);
    world.check(`Replay puts back ${putBack} events.`, putBack >= CALLBACKS);
    await world.until(
      "Every event is at the destination.",
      () => world.count("stored") === CALLBACKS && world.events === CALLBACKS,
    );
    return `${CALLBACKS} callbacks, ${world.events} events, none lost, although nothing but the log had them.`;
  },
};
