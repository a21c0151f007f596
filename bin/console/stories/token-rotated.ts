import { randomBytes } from "node:crypto";
import { seconds } from "./phrases.ts";
import type { Story } from "./story.ts";

/** The runbook waits ten seconds before the new token is used; environments accept it after five. */
const TOKEN_ACCEPTED_AFTER_S = 5;
const PER_SECOND = 10;

/**
 * The token changes, and the old one is revoked, as in the runbook. The new one is the token that the system started with, which
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
    world.storeToken(oldToken);
    await world.sendSteadily(TOKEN_ACCEPTED_AFTER_S * PER_SECOND, PER_SECOND, withNew);
    await world.sendSteadily(PER_SECOND, PER_SECOND, withOld);
    world.say("Tencent signs callbacks with a token.");

    world.storeToken(world.token);
    world.say("An operator stores a new one.");
    let isOld = false;
    await world.sendSteadily(2 * PER_SECOND, PER_SECOND, () => {
      isOld = !isOld;
      return isOld ? withOld() : withNew();
    });
    const accepted = world.callbacks.length;
    await world.until(
      `${accepted} callbacks signed with either token are stored.`,
      () => world.count("stored") === accepted,
    );
    world.check("None was refused.", world.count("refused") === 0);

    world.storeToken(world.token);
    world.say("The operator stores the new token once more, which revokes the old one.");
    const revokedAt = performance.now();
    while (world.count("refused") === 0) await world.sendSteadily(PER_SECOND / 5, PER_SECOND, withOld);
    const until = seconds(performance.now() - revokedAt);
    world.say(`The old token was still accepted for ${until}.`);
    const statuses = [await withOld(), await withNew()];
    world.check("Now it is refused with 401, and the new one is accepted.", statuses.join() === "401,200");
    return `${accepted} callbacks, signed with the old or the new token: none was refused. ${until} after it was revoked, the old token was refused.`;
  },
};
