import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type {
  CallbackDetail,
  DocumentedCommand,
  QueueMessage,
  SendInput,
  SendOutput,
  Signing,
} from "../../../bin/console/protocol.ts";
import { DOCUMENTED_CALLBACKS } from "../../../local/documented-callbacks.ts";
import { READ_REPORT } from "../../support/callbacks.ts";
import { type ConsoleUnderTest, readStream, startConsoleUnderTest } from "../../support/running-console.ts";

let running: ConsoleUnderTest;
beforeAll(async () => {
  running = await startConsoleUnderTest();
});
afterEach(() => running.faults.heal());
afterAll(() => running.close());

const command = READ_REPORT.CallbackCommand;
const reportOf = (reader: string) => JSON.stringify({ ...READ_REPORT, Report_Account: reader });
async function send(reader: string, changes: Partial<SendInput> = {}): Promise<SendOutput> {
  const input: SendInput = { command, body: reportOf(reader), signing: "correct", ...changes };
  return (await running.post("/api/send", input)).json();
}
const rowsOf = (reader: string) => running.journal.rows.filter(({ accounts }) => accounts.includes(reader));
/** Sends the callback of a reader again, and returns the records of both. */
async function sendAgain(reader: string) {
  const [first] = rowsOf(reader);
  expect((await running.post(`/api/callbacks/${first?.id}/send`)).json()).toMatchObject({ sent: 1 });
  return rowsOf(reader).map(({ id }) => running.journal.get(id));
}
const list = async (queue: string) => (await running.get(`/api/queues/${queue}`)).json<QueueMessage[]>();
const drain = async () => {
  while ((await running.post("/api/queues/destination/receive")).json<{ message?: QueueMessage }>().message);
};

describe("Sending a callback", () => {
  test.each([
    ["correct", 200, ""],
    ["wrong", 401, "Sign does not match"],
    ["too old", 401, "RequestTime is more than"],
    ["too early", 401, "RequestTime is more than"],
    ["unsigned", 401, "Sign or RequestTime is missing"],
    ["other app", 403, "SdkAppid is another app's"],
    ["repeated", 400, "sdkAppId is given more than once"],
  ] as const satisfies readonly (readonly [Signing, number, string])[])(
    "whose signing is %s is answered with %i",
    async (signing, statusCode, words) => {
      const output = await send(`signed-${signing}`, { signing });
      expect(output).toMatchObject({ sent: 1, statusCode, reply: expect.stringContaining(words) });
    },
  );

  test("signs with the token that the secret has now", async () => {
    // The token that the system started with is not even the previous one.
    for (const token of ["another-token", "third-token"]) running.system.token.put(token);
    await expect.poll(async () => (await send("rotated")).statusCode).toBe(200);
    // So do stories.
    const stream = await readStream(running);
    await running.post("/api/stories/forged-callbacks");
    await expect.poll(() => stream.state.stories.find(({ id }) => id === "forged-callbacks")?.status).toBe("passed");
    stream.close();
  });

  test("several times sends the same, of which the queue drops all but the first", async () => {
    expect(await send("twice", { times: 3 })).toEqual({ sent: 3 });
    const repeat = ["stored", "dropped as a repeat"];
    expect(rowsOf("twice").map(({ verdict, reason }) => [verdict, reason])).toEqual([["stored", ""], repeat, repeat]);
  });

  test("answers with its id, under which its detail is found", async () => {
    const { callbackId } = await send("found");
    expect(rowsOf("found").map(({ id }) => id)).toEqual([callbackId]);
  });

  test("at a rate goes on after the answer, and each read report has another time", async () => {
    const rate = { perSecond: 50, seconds: 1 };
    expect(await send("rate", { rate })).toEqual({ sent: 50 });
    const second = await running.post("/api/send", { command, body: reportOf("rate"), signing: "correct", rate });
    expect([second.status, second.json<{ error: string }>().error]).toEqual([
      409,
      expect.stringContaining("still being sent"),
    ]);
    await expect
      .poll(() => rowsOf("rate").filter(({ reason, verdict }) => verdict === "stored" && reason === "").length)
      .toBe(50);
  });

  test.each(["wrong", "too old", "unsigned", "repeated"] as const)(
    "again sends it byte for byte if its signature was %s",
    async (signing) => {
      const reader = `again ${signing}`;
      await send(reader, { body: `${reportOf(reader)} `, signing });
      const [one, two] = await sendAgain(reader);
      expect([two?.rawQueryString, two?.body]).toEqual([one?.rawQueryString, one?.body]);
    },
  );

  test("again signs it anew if its signature was right, as it may be too old by now", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 30_000 });
    onTestFinished(() => void vi.useRealTimers());
    await send("again", { body: `${reportOf("again")} ` });
    vi.useRealTimers();
    const [one, two] = await sendAgain("again");
    const [before, after] = [one, two].map((record) => new URLSearchParams(record?.rawQueryString));
    expect(Number(after?.get("RequestTime"))).toBeGreaterThanOrEqual(Number(before?.get("RequestTime")) + 30);
    expect([two?.body, two?.reply?.statusCode]).toEqual([one?.body, 200]);
    for (const parameters of [before, after]) for (const name of ["RequestTime", "Sign"]) parameters?.delete(name);
    expect(String(after)).toBe(String(before));
  });
});

test("Every documented command has its samples, with times of now", async () => {
  const commands = (await running.get("/api/commands")).json<DocumentedCommand[]>();
  expect(commands[0]?.command).toBe(command);
  expect(commands.flatMap(({ command, shapes }) => shapes.map((shape) => [command, shape])).toSorted()).toEqual(
    DOCUMENTED_CALLBACKS.map(({ command, shape }) => [command, shape]).toSorted(),
  );
  const query = new URLSearchParams({
    command,
    shape: commands.find((item) => item.command === command)?.shapes[0] ?? "",
  });
  const { body } = (await running.get(`/api/sample?${query}`)).json<{ body: string }>();
  expect(JSON.parse(body).LastReadTime).toBeGreaterThan(Date.now() / 1000 - 60);
});

describe("The stream", () => {
  test("begins with everything so far, and tells what changes", async () => {
    await send("before");
    const stream = await readStream(running);
    expect([...stream.rows.values()].some(({ accounts }) => accounts.includes("before"))).toBe(true);
    expect(stream.state.scoreboard.sent).toBe(running.journal.scoreboard.sent);
    await send("after");
    await expect
      .poll(() => [...stream.rows.values()].find(({ accounts }) => accounts.includes("after"))?.verdict)
      .toBe("stored");
    await running.post("/api/break", { part: "standby", mode: "slow", calls: 3 });
    await expect.poll(() => stream.state.faults).toEqual({ standby: { mode: "slow", callsLeft: 3 } });
    await running.post("/api/heal", { part: "standby" });
    await expect.poll(() => stream.state.faults).toEqual({});
    stream.close();
  });

  test("is refused to more than 32 clients at a time", async () => {
    const streams = await Promise.all(Array.from({ length: 32 }, () => readStream(running)));
    const read = () => fetch(new URL("/api/stream", running.console.url));
    const refused = await read();
    expect([refused.status, await refused.json()]).toEqual([503, { error: expect.stringContaining("close a page") }]);
    for (const { close } of streams) close();
    await expect
      .poll(async () => {
        const { status, body } = await read();
        await body?.cancel();
        return status;
      })
      .toBe(200);
  });

  test("tells many changes in few events", async () => {
    const stream = await readStream(running);
    await send("batched", { times: 100 });
    await expect
      .poll(() => [...stream.rows.values()].filter(({ accounts }) => accounts.includes("batched")).length)
      .toBe(100);
    expect(stream.text.split("event: callbacks").length).toBeLessThan(50);
    stream.close();
  });
});

describe("A message", () => {
  test("is received and deleted as a consumer does", async () => {
    await drain();
    await send("consumer");
    const { consumed } = running.journal.counts;
    const [listed] = await list("destination");
    expect(listed).toMatchObject({ state: "visible", receiveCount: 0, callbackId: rowsOf("consumer")[0]?.id });
    const { message } = (await running.post("/api/queues/destination/receive")).json<{ message: QueueMessage }>();
    expect([message.messageId, message.receiveCount]).toEqual([listed?.messageId, 1]);
    expect(running.journal.counts.consumed).toBe(consumed + 1);
    expect((await running.post("/api/queues/destination/receive")).json()).toEqual({});
  });

  test("that fails five times becomes a dead letter, and can be moved back; the others stay as they are", async () => {
    await drain();
    for (const reader of ["failing", "other"]) await send(reader);
    const [id] = rowsOf("failing").map(({ id }) => id);
    const fail = async (times: number) => (await running.post("/api/queues/destination/fail", { times })).json();
    expect(await fail(4)).toEqual({ isDeadLetter: false });
    expect(await fail(1)).toEqual({ isDeadLetter: true });
    expect((await list("destination")).map(({ receiveCount }) => receiveCount)).toEqual([1]);
    expect(await list("dead-letters")).toMatchObject([{ callbackId: id }]);
    expect((await running.post("/api/queues/dead-letters/move-back")).json()).toEqual({ moved: 1 });
    expect((await list("destination")).map(({ callbackId }) => callbackId)).toContain(id);
    const { history } = (await running.get(`/api/callbacks/${id}`)).json<CallbackDetail>();
    expect(history.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringContaining("dead letters"), expect.stringMatching(/^Moved from .* to /)]),
    );
  });

  test.each([
    '{"parkedRequest":{"rawQueryString":"Sign=secret"}}',
    '{"parkedRequest":{"rawQueryString":"Sign=secret","headers":null}}',
    '{"parkedRequest":{"rawQueryString":"Sign=secret","headers":{"x":5},"requestContext":null}}',
  ])("of another program that resembles a parked request is taken, listed and received: %s", async (body) => {
    const { queues, parts } = running.system;
    await queues.send(parts.queues["standby-dead-letters"] ?? "", body);
    expect(await list("standby-dead-letters")).toMatchObject([{ body: expect.not.stringContaining("secret") }]);
    const { message } = (await running.post("/api/queues/standby-dead-letters/receive")).json<{ message: object }>();
    expect(message).toMatchObject({ body: expect.stringContaining("Sign=•••") });
  });

  test("of an empty queue can't fail", async () => {
    expect((await running.post("/api/queues/dead-letters/fail", { times: 1 })).status).toBe(409);
  });
});

test("What only the log has is put back once, and then no more", async () => {
  for (const part of ["destination", "standby"]) await running.post("/api/break", { part, mode: "fail" });
  await send("lost");
  const verdict = () => rowsOf("lost")[0]?.verdict;
  await expect.poll(verdict).toBe("log");
  await running.post("/api/heal");
  expect((await running.post("/api/replay")).json()).toEqual({ found: 1, putBack: 1, problems: [] });
  expect(verdict()).toBe("stored");
  expect((await running.post("/api/replay")).json()).toEqual({ found: 0, putBack: 0, problems: [] });
});

test("An event that waits on standby is republished, and counted", async () => {
  const { republished } = running.journal.counts;
  await running.post("/api/break", { part: "destination", mode: "refuse", calls: 1 });
  await send("waiting");
  await expect.poll(() => rowsOf("waiting")[0]?.reason).toBe("republished");
  expect(running.journal.counts.republished).toBe(republished + 1);
});
