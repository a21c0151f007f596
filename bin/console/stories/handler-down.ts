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
    const areAll = (statuses: readonly number[], expected: number) => statuses.every((status) => status === expected);

    world.check("A user sends a message: Tencent gets the handler's verdict.", areAll([await ask()], 200));
    world.break("handler", "fail");
    world.say("The handler answers every callback with an error 500.");
    const [failed, stored] = await Promise.all([askMany(), world.sendSteadily(REPORTS, PER_SECOND)]);
    world.check(
      `${MESSAGES} more messages: Tencent gets the handler's error, and none is allowed.`,
      areAll(failed, 500),
    );
    world.check(`${REPORTS} messages are read: Tencent gets OK.`, areAll(stored, 200));
    await world.until("Every read report is at the destination.", () => world.events === REPORTS);
    world.break("handler", "hang");
    world.say("The handler takes callbacks and never answers.");
    world.check(`${MESSAGES} more messages: Tencent gets 502.`, areAll(await askMany(), 502));
    world.heal("handler");
    world.check("The handler is back, and decides again.", areAll([await ask()], 200));
    return `${REPORTS} read reports were stored while the handler failed, and none of ${2 * MESSAGES} messages was allowed.`;
  },
};
