import type { StoryWorld } from "./story.ts";

/**
 * Checks that Tencent got OK for callbacks, or 503 for those that came too late to be stored: a machine with other work to do
 * misses the function's deadlines.
 *
 * @throws {StoryFailure} when a reply has another status
 */
export function checkReplies(world: StoryWorld, statuses: readonly number[]): void {
  const accepted = statuses.filter((status) => status === 200).length;
  const all = statuses.length.toLocaleString("en");
  world.check(
    accepted === statuses.length
      ? `Tencent gets OK for all ${all}.`
      : `Tencent gets OK for ${accepted.toLocaleString("en")} of ${all}.`,
    statuses.every((status) => status === 200 || status === 503),
  );
}

/** Replays the events that only the log has, if there are any. */
export async function replayLateEvents(world: StoryWorld): Promise<void> {
  const late = world.count("log");
  if (late === 0) return;
  world.say(
    `${late} are only in the log, as this machine is too busy for the function's deadlines. Replay puts them back.`,
  );
  await world.replay();
}
