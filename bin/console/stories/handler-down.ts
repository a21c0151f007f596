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
    "The existing handler decides on messages, and fails for a while. Tencent sees that it fails, as it would without this " +
    "endpoint; read reports are stored all the same.",
  needsHandler: true,
  async run(world) {
    const text = { MsgType: "TIMTextElem", MsgContent: { Text: "hello" } };
    const names = { CallbackCommand: COMMAND, From_Account: world.reader, To_Account: "bob" };
    const ask = () => world.send(JSON.stringify({ ...names, MsgBody: [text] }), { command: COMMAND });
    const askMany = () => world.sendSteadily(MESSAGES, PER_SECOND, ask);
    const isEach = (statuses: readonly number[], expected: number) => statuses.every((status) => status === expected);

    world.check("A user sends a message: Tencent gets the handler's verdict.", isEach([await ask()], 200));
    world.break("handler", "fail");
    world.say("The handler answers every callback with an error 500.");
    const [failed, stored] = await Promise.all([askMany(), world.sendSteadily(REPORTS, PER_SECOND)]);
    world.check(
      `${MESSAGES} more messages: Tencent gets the handler's error, and nobody allows them.`,
      isEach(failed, 500),
    );
    world.check(`${REPORTS} messages are read: Tencent gets OK.`, isEach(stored, 200));
    await world.until("Every read report is at the destination.", () => world.events === REPORTS);
    world.break("handler", "hang");
    world.say("The handler takes callbacks and never answers.");
    world.check(`${MESSAGES} more messages: Tencent gets 502.`, isEach(await askMany(), 502));
    world.heal("handler");
    world.check("The handler is back, and decides again.", isEach([await ask()], 200));
    return `${REPORTS} read reports stored while the handler failed; of ${2 * MESSAGES} messages in that time, none was allowed in its place.`;
  },
};
