import { randomBytes } from "node:crypto";
import { seconds } from "./phrases.ts";
import type { Story } from "./story.ts";

/** Environments accept a token that was stored five seconds ago, and refuse one five seconds after it was revoked. */
const EFFECTIVE_AFTER_S = 5;
const PER_SECOND = 10;

/**
 * The token changes, and the old one is revoked, as in the runbook. The new one is the token that is current already, which
 * therefore stays valid all the time.
 */
export const tokenRotated: Story = {
  id: "token-rotated",
  title: "Token rotated",
  summary:
    "The callback token changes while callbacks signed with the old and the new one arrive: none is refused. Then the old " +
    "one is revoked, as the runbook describes.",
  async run(world) {
    const oldToken = randomBytes(16).toString("hex");
    const withOld = () => world.send(world.report("old"), { token: oldToken });
    const withNew = () => world.send(world.report("new"));
    const withEither = () => (world.callbacks.length % 2 === 0 ? withOld() : withNew());

    world.storeToken(oldToken);
    world.say("The secret has the old token, as if the system had started with it.");
    await world.sendSteadily(EFFECTIVE_AFTER_S * PER_SECOND, PER_SECOND, withNew);
    world.storeToken(world.token);
    world.say("An operator stores a new token. Tencent goes on with the old one until its console has the new one.");
    await world.sendSteadily(2 * PER_SECOND, PER_SECOND, withEither);
    const accepted = world.callbacks.length;
    await world.until(
      `${accepted} callbacks signed with either are stored; none was refused.`,
      () => world.count("stored") === accepted,
    );

    world.storeToken(world.token);
    world.say(
      "The operator stores the new token once more, so that it is also the previous one. That revokes the old one.",
    );
    const revokedAt = performance.now();
    for (let left = 2 * EFFECTIVE_AFTER_S * PER_SECOND; left > 0 && world.count("refused") === 0; left -= 2) {
      await world.sendSteadily(2, PER_SECOND, withEither);
    }
    const duration = seconds(performance.now() - revokedAt);
    const statuses = [await withOld(), await withNew()];
    world.check(`After ${duration} the old token is refused, the new one is not.`, statuses.join() === "401,200");
    return `${accepted} callbacks signed with the old or the new token, none refused. The old token was refused ${duration} after it was revoked.`;
  },
};
