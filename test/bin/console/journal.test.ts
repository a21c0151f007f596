import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Journal } from "../../../bin/console/journal.ts";
import type { CallbackRow } from "../../../bin/console/protocol.ts";
import { markRepublished } from "../../../events/create-event.ts";
import { toJson } from "../../../events/json.ts";
import type { ReceivedRequest } from "../../../local/http-api.ts";
import type { QueueRole } from "../../../local/queue-roles.ts";
import { nowInSeconds, signedQuery } from "../../support/callbacks.ts";
import { createJournal, eventOf, failBody, newRequest, OK_BODY, QUEUES } from "../../support/observed-journal.ts";

/** What happens to one callback, as steps that come in this order. */
async function* happen(journal: Journal, steps: readonly Step[], request = newRequest()) {
  const event = await eventOf(request);
  const parked = JSON.stringify({
    parkedRequest: { ...request, requestContext: { requestId: request.id } },
    receivedAt: 0,
  });
  let messageId = "";
  const queueMessage = (role: QueueRole, body: string) => ({ queueName: QUEUES[role], messageId, body });
  const reply = (statusCode: number, responseBody: string) =>
    journal.exchange({ request, statusCode, responseBody, milliseconds: 1 });
  const actions: Record<Step, () => void> = {
    request: () => journal.request(request),
    "200": () => reply(200, OK_BODY),
    "401": () => reply(401, failBody("Sign does not match")),
    "500": () => reply(500, '{"message":"Internal Server Error"}'),
    "503": () => reply(503, failBody("the token could not be read")),
    store: () => {
      messageId = `${request.id}-stored`;
      journal.sent({ ...queueMessage("destination", toJson(event)), dropped: false });
    },
    drop: () => journal.sent({ ...queueMessage("destination", toJson(event)), messageId: "other", dropped: true }),
    standby: () => {
      messageId = `${request.id}-standby`;
      journal.sent({ ...queueMessage("standby", toJson(event)), dropped: false });
    },
    park: () => {
      messageId = `${request.id}-parked`;
      journal.sent({ ...queueMessage("standby", parked), dropped: false });
    },
    republish: () => {
      const body = toJson(markRepublished(event));
      journal.sent({ queueName: QUEUES.destination, messageId: `${request.id}-back`, body, dropped: false });
    },
    leave: () => journal.deleted(queueMessage("standby", "")),
    "give up": () => {
      const sent = { ...queueMessage("standby-dead-letters", parked), messageId: `${request.id}-dead` };
      journal.sent({ ...sent, dropped: false });
    },
    log: () =>
      journal.log(
        "callback",
        `{"timestamp":"t","level":"ERROR","message":"an event could not be stored","error":"e","event":${toJson(event)}}`,
      ),
  };
  for (const step of steps) {
    actions[step]();
    yield request.id;
  }
}

type Step =
  | "request"
  | "200"
  | "401"
  | "500"
  | "503"
  | "store"
  | "drop"
  | "standby"
  | "park"
  | "republish"
  | "leave"
  | "give up"
  | "log";

/** Each story of a callback with its verdict at the end. */
const LIVES: readonly (readonly [Step[], CallbackRow["verdict"], string?])[] = [
  [["request"], "in flight"],
  [["request", "store", "200"], "stored", ""],
  [["request", "drop", "200"], "stored", "dropped as a repeat"],
  [["request", "store", "drop", "200"], "stored", ""],
  [["request", "401"], "refused", "Sign does not match"],
  [["request", "500"], "failed"],
  [["request", "store", "500"], "stored"],
  [["request", "standby", "200"], "standby"],
  [["request", "standby", "200", "republish"], "stored", "republished"],
  [["request", "standby", "200", "republish", "leave"], "stored", "republished"],
  [["request", "standby", "200", "leave"], "failed", "its message was deleted from standby"],
  [["request", "park", "503"], "standby", "not authenticated yet"],
  [["request", "park", "503", "republish", "leave"], "stored", "republished"],
  [["request", "log", "503"], "log"],
  [["request", "503", "log"], "log"],
  [["request", "log", "store", "200"], "stored"],
  [["request", "log", "503", "republish"], "stored", "replayed from the log"],
  [["request", "log", "standby", "200"], "standby"],
];

async function live(journal: Journal, steps: readonly Step[], request?: ReceivedRequest): Promise<string> {
  let id = "";
  for await (id of happen(journal, steps, request)) await setImmediate();
  return id;
}

describe("A callback", () => {
  test.each(LIVES.map(([steps, verdict, reason]) => ({ steps, verdict, reason })))(
    "after $steps is $verdict",
    async ({ steps, verdict, reason }) => {
      const journal = createJournal();
      const { row } = journal.get(await live(journal, steps)) ?? {};
      expect(row).toMatchObject({ verdict, ...(reason !== undefined && { reason }) });
    },
  );

  test("that is parked and turns out to be forged is refused, until its dead letter is moved back", async () => {
    const journal = createJournal();
    const rawQueryString = signedQuery(nowInSeconds(), { Sign: "0".repeat(64) });
    const request = newRequest({ rawQueryString });
    journal.request(request);
    await setImmediate();
    const body = JSON.stringify({
      parkedRequest: { rawQueryString, requestContext: { requestId: request.id } },
      receivedAt: 0,
    });
    const verdict = () => journal.get(request.id)?.row.verdict;
    journal.sent({ queueName: QUEUES.standby, messageId: "1", body, dropped: false });
    journal.exchange({
      request,
      statusCode: 503,
      responseBody: failBody("the token could not be read"),
      milliseconds: 1,
    });
    expect(verdict()).toBe("standby");
    journal.sent({ queueName: QUEUES["standby-dead-letters"], messageId: "2", body, dropped: false });
    journal.deleted({ queueName: QUEUES.standby, messageId: "1", body });
    expect(verdict()).toBe("refused");
    const from = QUEUES["standby-dead-letters"];
    journal.moved({ queueName: QUEUES.standby, from, messageId: "3", previousMessageId: "2", body });
    expect(verdict()).toBe("standby");
    expect(journal.byMessage("3")?.id).toBe(request.id);
  });

  test("gets its own event, if others say the same", async () => {
    const journal = createJournal();
    const first = newRequest({}, "same");
    const second = newRequest({}, "same");
    for (const request of [first, second]) journal.request(request);
    await setImmediate();
    journal.sent({
      queueName: QUEUES.destination,
      messageId: "1",
      body: toJson(await eventOf(second)),
      dropped: false,
    });
    expect(journal.byMessage("1")?.id).toBe(second.id);
    journal.sent({ queueName: QUEUES.destination, messageId: "1", body: toJson(await eventOf(first)), dropped: true });
    for (const request of [first, second])
      journal.exchange({ request, statusCode: 200, responseBody: OK_BODY, milliseconds: 1 });
    expect(journal.rows.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ["stored", "dropped as a repeat"],
      ["stored", ""],
    ]);
  });

  test.each(["before", "after"])(
    "gets its own event, if a forgery with the same content arrives %s it",
    async (order) => {
      const journal = createJournal();
      const genuine = newRequest();
      const rawQueryString = genuine.rawQueryString.replace(/Sign=\w+/, `Sign=${"0".repeat(64)}`);
      const forged = { ...genuine, id: "forged", rawQueryString };
      for (const request of order === "before" ? [forged, genuine] : [genuine, forged]) journal.request(request);
      await setImmediate();
      journal.sent({
        queueName: QUEUES.destination,
        messageId: "1",
        body: toJson(await eventOf(genuine)),
        dropped: false,
      });
      expect(journal.byMessage("1")?.id).toBe(genuine.id);
    },
  );

  test("sent again byte for byte while the first is in flight is stored as well", async () => {
    const journal = createJournal();
    const first = newRequest();
    const second = { ...first, id: "again" };
    for (const request of [first, second]) journal.request(request);
    await setImmediate();
    const body = toJson(await eventOf(first));
    for (const dropped of [false, true]) journal.sent({ queueName: QUEUES.destination, messageId: "1", body, dropped });
    for (const request of [first, second])
      journal.exchange({ request, statusCode: 200, responseBody: OK_BODY, milliseconds: 1 });
    expect(journal.scoreboard).toMatchObject({ sent: 2, stored: 2 });
  });
});

describe("The scoreboard", () => {
  test("adds up at any time, whatever happens in whatever order", async () => {
    const lives = fc.array(fc.constantFrom(...LIVES), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 5 }),
        async (all, choices, most) => {
          const journal = createJournal({ maxCallbacks: most });
          const running = all.map(([steps]) => happen(journal, steps));
          let [requested, answered] = [0, 0];
          const steps = all.map(([steps]) => [...steps]);
          while (running.length > 0) {
            const index = (choices.next().value ?? 0) % running.length;
            const step = steps[index]?.shift();
            await running[index]?.next();
            await setImmediate();
            if (step === "request") requested += 1;
            else if (/^\d+$/.test(step ?? "")) answered += 1;
            else if (step === undefined) {
              running.splice(index, 1);
              steps.splice(index, 1);
            }
            const { sent, ...verdicts } = journal.scoreboard;
            expect(Object.values(verdicts).reduce((sum, count) => sum + count, 0)).toBe(sent);
            expect([sent, journal.inFlight]).toEqual([answered, requested - answered]);
            expect(Object.values(verdicts).every((count) => count >= 0)).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("counts callbacks that the journal no longer keeps", async () => {
    const journal = createJournal({ maxCallbacks: 3 });
    for (let index = 0; index < 10; index += 1) await live(journal, ["request", "store", "200"]);
    expect([journal.rows.length, journal.scoreboard]).toMatchObject([3, { sent: 10, stored: 10 }]);
  });

  test.each<[string, Partial<ReceivedRequest>, string]>([
    ["query", { rawQueryString: `x=${"x".repeat(1_000)}` }, ""],
    ["path", { path: `/${"x".repeat(1_000)}` }, ""],
    ["body", { body: Buffer.alloc(1_000, " ") }, ""],
    ["reply", {}, "x".repeat(1_000)],
  ])("counts callbacks that it no longer keeps because of a long %s", (_part, changes, responseBody) => {
    const journal = createJournal({ maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) {
      const request = newRequest(changes);
      journal.request(request);
      journal.exchange({ request, statusCode: 401, responseBody, milliseconds: 1 });
    }
    expect(journal.rows.length).toBeOneOf([5, 6, 7, 8, 9, 10]);
    expect(journal.scoreboard).toMatchObject({ sent: 100, refused: 100 });
  });
});

test("The log lines of a callback go with it", async () => {
  const journal = createJournal({ maxCallbacks: 2 });
  await live(journal, ["request", "log", "503"]);
  expect(journal.linesToReplay()).toContain("an event could not be stored");
  for (let index = 0; index < 2; index += 1) await live(journal, ["request", "store", "200"]);
  expect(journal.linesToReplay()).toBe("");
});
