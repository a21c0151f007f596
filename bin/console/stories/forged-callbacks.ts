import type { Signing } from "../protocol.ts";
import type { Story } from "./story.ts";

const FORGERIES: readonly (readonly [Signing, forgery: string, status: number])[] = [
  ["unsigned", "Not signed", 401],
  ["wrong", "Signed with a wrong token", 401],
  ["too old", "Recorded earlier and sent again", 401],
  ["too early", "Signed for the future", 401],
  ["other app", "Signed for another app", 403],
  ["repeated", "With a parameter given twice", 400],
];
const EACH = 5;

/** Forged callbacks are refused, each kind with its reason. */
export const forgedCallbacks: Story = {
  id: "forged-callbacks",
  title: "Forged callbacks",
  summary: "Anyone can call the URL. Callbacks that are not signed as Tencent signs them are refused with the reason.",
  async run(world) {
    for (const [signing, forgery, expected] of FORGERIES) {
      await world.sendSteadily(EACH, 50, () => world.send(world.report(signing), { signing }));
      const own = world.callbacks.filter(({ accounts }) => accounts.includes(signing));
      world.check(
        `${forgery}: refused with ${expected}. ${own[0]?.reason}.`,
        own.length === EACH && own.every(({ verdict, statusCode }) => verdict === "refused" && statusCode === expected),
      );
    }
    const reasons = new Set(world.callbacks.map(({ reason }) => reason));
    world.check(`Nothing is stored.`, world.events === 0);
    const status = await world.send();
    await world.until("A genuine callback in between is stored.", () => status === 200 && world.events === 1);
    const refused = FORGERIES.length * EACH;
    return `${refused} forged callbacks, all refused, for ${reasons.size} different reasons; none was stored.`;
  },
};
