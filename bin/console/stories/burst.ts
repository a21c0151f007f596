import { checkReplies, replayLateEvents } from "./overload.ts";
import { seconds } from "./phrases.ts";
import type { Story } from "./story.ts";

const CALLBACKS = 1_000;
/** How many wait for their replies at a time. */
const CONCURRENCY = 50;

/** A thousand callbacks as fast as the system takes them. */
export const burst: Story = {
  id: "burst",
  title: "Burst of 1,000",
  summary: "1,000 read reports arrive as fast as this machine takes them, 50 at a time. All are stored.",
  async run(world) {
    const startedAt = performance.now();
    let sent = 0;
    const statuses: number[] = [];
    const sendOneByOne = async () => {
      while (sent < CALLBACKS) {
        sent += 1;
        statuses.push(await world.send());
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, sendOneByOne));
    const duration = performance.now() - startedAt;
    world.say(`1,000 callbacks were sent and answered within ${seconds(duration)}.`);
    checkReplies(world, statuses);
    await replayLateEvents(world);
    await world.until(
      "Every event is at the destination.",
      () => world.count("stored") === CALLBACKS && world.events === CALLBACKS,
    );
    const slowest = Math.max(...world.callbacks.map(({ milliseconds = 0 }) => milliseconds));
    return `1,000 callbacks in ${seconds(duration)}, ${Math.round((CALLBACKS * 1000) / duration)} a second; 1,000 events, none lost. The slowest reply took ${seconds(slowest)}; Tencent waits 2 s.`;
  },
};
