import type { Story } from "./story.ts";

const COMMAND = "C2C.CallbackBeforeSendMsg";
const REPORTS = 20;
const MESSAGES = 10;
const PER_SECOND = 20;

/** The existing handler fails: Tencent sees it, and read reports are stored all the same. */
export const handlerDown: Story = {
  id: "handler-down",
  title: "Existing handler down",
  summary:
    "The existing handler moderates messages, and fails for a while. Tencent sees the failure, as it would without this " +
    "endpoint, and read reports are stored all the same.",
  needsHandler: true,
  async run(world) {
    const text = { MsgType: "TIMTextElem", MsgContent: { Text: "hello" } };
    const names = { CallbackCommand: COMMAND, From_Account: world.reader, To_Account: "bob" };
    const ask = () => world.send(JSON.stringify({ ...names, MsgBody: [text] }), { command: COMMAND });
    const askMany = () => world.sendSteadily(MESSAGES, PER_SECOND, ask);
    // Not 500 or 502 each: on a busy machine, the function may give up before the handler answers.
    const isNoneAllowed = (statuses: readonly number[]) => !statuses.includes(200);

    world.check("A user sends a message: Tencent gets the handler's verdict.", (await ask()) === 200);
    world.break("handler", "fail");
    world.say("The handler answers every callback with an error 500.");
    const [failed] = await Promise.all([askMany(), world.sendSteadily(REPORTS, PER_SECOND)]);
    world.check(
      `${MESSAGES} more messages: Tencent gets the handler's error, and none is allowed.`,
      isNoneAllowed(failed),
    );
    await world.until(
      `Every read report of the ${REPORTS} sent meanwhile is at the destination.`,
      () => world.events === REPORTS,
    );
    world.break("handler", "hang");
    world.say("The handler takes callbacks and never answers.");
    world.check(`${MESSAGES} more messages: Tencent gets 502, and none is allowed.`, isNoneAllowed(await askMany()));
    world.heal("handler");
    world.check("The handler is back, and decides again.", (await ask()) === 200);
    return `${REPORTS} read reports were stored while the handler failed, and none of ${2 * MESSAGES} messages was allowed.`;
  },
};
