import { describe, expect, test } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { markRepublished } from "../../events/create-event.ts";
import { toJson } from "../../events/json.ts";
import { readRecoveryLog } from "../../functions/recovery-log.ts";
import { DOCUMENTED_CALLBACKS } from "../../local/documented-callbacks.ts";
import { awsFault, type Call, type Fault } from "../../local/faulty-endpoint.ts";
import { DESTINATIONS, type RunningFunctions, STANDBY_QUEUE } from "../../local/functions.ts";
import { SERVICE_FAULTS } from "../../local/service-faults.ts";
import { nowInSeconds, READ_REPORT, signedQuery } from "../support/callbacks.ts";
import { exampleEvent } from "../support/example-event.ts";
import { logged, startFunction } from "../support/function.ts";

/** Which calls of an event a fault hits. */
const EXTENTS = ["once", "the destination", "destination and standby"] as const;
type Extent = (typeof EXTENTS)[number];

const CASES = Object.keys(SERVICE_FAULTS).flatMap((name) =>
  EXTENTS.map((extent) => ({ name, extent, reader: `${name}: ${extent}` })),
);

/** Chooses a call's fault by the reader that its event names. */
function chooseFault() {
  const seen = new Set<string>();
  return ({ input }: Call): Fault | undefined => {
    const text = JSON.stringify(input);
    const hit = CASES.find(({ reader }) => text.includes(`${reader}\\`));
    if (hit === undefined) return undefined;
    const toStandby = String(input["QueueUrl"]).endsWith("/standby");
    const first = !seen.has(hit.reader);
    seen.add(hit.reader);
    const applies: Record<Extent, boolean> = {
      once: first,
      "the destination": !toStandby,
      "destination and standby": true,
    };
    return applies[hit.extent] ? SERVICE_FAULTS[hit.name as keyof typeof SERVICE_FAULTS] : undefined;
  };
}

/** Distinct texts, sorted: a call that timed out is made again, so a standard queue or a bus may get an event twice. */
const distinct = (texts: readonly string[]) => [...new Set(texts)].sort();

/** The accounts of events. */
const readers = (events: readonly ChatEvent[]) =>
  distinct(events.map(({ detail }) => String(detail.data["Report_Account"])));

/** Makes calls to the destination fail, but not those to the standby queue. */
const destinationOnly =
  (fault: Fault) =>
  ({ input }: Call) =>
    String(input["QueueUrl"]).includes("/standby") ? undefined : fault;
const denied = awsFault(403, "AccessDeniedException");

/** Chooses the faults of calls that carry events. */
function failWith({ sqs, eventBridge }: RunningFunctions, fail: (call: Call) => Fault | undefined): void {
  sqs.fail = fail;
  eventBridge.fail = fail;
}

const recover = (functions: RunningFunctions) => failWith(functions, () => undefined);

/** Puts read events on standby, as the callback function does when the destination fails. */
async function putOnStandby({ queues }: RunningFunctions, accounts: readonly string[]): Promise<void> {
  for (const Report_Account of accounts) {
    await queues.send(STANDBY_QUEUE, toJson(exampleEvent({ Report_Account })));
  }
}

/** The error of a call that nothing failed, on a machine too busy to answer it in time. */
const TIMED_OUT = /no answer within/;

// These wait for deadlines, so they run at the same time. None depends on how much fits into a deadline.
describe.concurrent.each(DESTINATIONS)("With %s as destination", (destination) => {
  test("no event is lost, whichever calls fail in whichever way", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    await deployed.start();
    failWith(deployed, chooseFault());
    const replies = await Promise.all(
      CASES.map(async ({ reader }) => {
        const body = JSON.stringify({ ...READ_REPORT, Report_Account: reader });
        return (await deployed.post(signedQuery(nowInSeconds()), body)).statusCode;
      }),
    );
    const answered = (status: number) => CASES.filter((_case, index) => replies[index] === status);

    // The callers are told the truth: a 503 means that both places failed again and again, and that the event is in the log.
    const refused = answered(503);
    expect(answered(200).length + refused.length).toBe(CASES.length);
    const failingForGood = CASES.filter(
      ({ name, extent }) => extent === "destination and standby" && name !== "answers after 300 ms",
    );
    expect(refused).toEqual(expect.arrayContaining(failingForGood));
    const lost = logged(deployed.lines, "an event could not be stored");
    for (const { reader } of refused.filter((refusal) => !failingForGood.includes(refusal))) {
      const line = lost.find(({ event }) => readers([event as ChatEvent]).includes(reader));
      expect(line?.["error"], reader).toMatch(TIMED_OUT);
    }
    const fromLog = readRecoveryLog(deployed.lines.join("\n")).records.flatMap((record) =>
      record.kind === "event" ? [markRepublished(record.event)] : [],
    );
    expect(readers(fromLog)).toEqual(expect.arrayContaining(refused.map(({ reader }) => reader)));

    // The services recover: standby empties itself, and the events in the log are put back.
    recover(deployed);
    await deployed.republish();
    expect(readers(deployed.delivered())).toEqual(expect.arrayContaining(answered(200).map(({ reader }) => reader)));
    for (const event of fromLog) await deployed.queues.send(STANDBY_QUEUE, toJson(event));
    await deployed.republish();

    expect(readers(deployed.delivered())).toEqual(distinct(CASES.map(({ reader }) => reader)));
    expect(deployed.deadLetters()).toEqual([]);
    const ids = new Set(deployed.delivered().map(({ detail }) => detail.metadata.deduplicationId));
    expect(ids.size).toBe(CASES.length);
    // Within five minutes, a FIFO queue has each event once.
    if (destination === "fifo") expect(deployed.delivered().length).toBe(CASES.length);
  });

  test.for<[string, Fault]>([
    ["hangs", "hang"],
    ["denies access", denied],
  ])(
    "events stay on standby, hidden, while the destination %s, and are delivered later",
    async ([, fault], context) => {
      const deployed = await startFunction({}, { destination, context });
      const accounts = ["one", "two", "three"];
      await putOnStandby(deployed, accounts);
      failWith(deployed, destinationOnly(fault));
      expect(await deployed.republish()).toEqual({ received: 3, failed: 3 });
      const hidden = new Map(
        deployed.sqs.calls
          .filter(({ operation }) => operation === "ChangeMessageVisibility")
          .map(({ input }) => [String(input["ReceiptHandle"]), input["VisibilityTimeout"]]),
      );
      expect([...hidden.values()]).toEqual([30, 30, 30]);

      recover(deployed);
      for (const handle of hidden.keys()) await deployed.queues.show(STANDBY_QUEUE, handle);
      expect(await deployed.republish()).toEqual({ received: 3, failed: 0 });
      expect(readers(deployed.delivered())).toEqual(distinct(accounts));
      await deployed.stop();
      const unhidden = logged(deployed.lines, "a message could not be hidden");
      expect(unhidden.filter(({ error }) => !TIMED_OUT.test(String(error)))).toEqual([]);
    },
  );
});

describe.each(DESTINATIONS)("With %s as destination", (destination) => {
  test("connections that are cut between two invocations do no harm", async () => {
    const deployed = await startFunction({}, { destination });
    await deployed.start();
    for (let count = 0; count < 5; count += 1) {
      deployed.sqs.cut();
      deployed.eventBridge.cut();
      const body = JSON.stringify({ ...READ_REPORT, Report_Account: `reader ${count}` });
      expect((await deployed.post(signedQuery(nowInSeconds()), body)).statusCode).toBe(200);
    }
    await deployed.stop();
    expect(readers(deployed.delivered()).length).toBe(5);
    const failures = logged(deployed.lines, "the destination did not take an event");
    expect(failures.filter(({ error }) => !TIMED_OUT.test(String(error)))).toEqual([]);
  });

  test("a republished event whose confirmation is lost is delivered again with the same id", async () => {
    const deployed = await startFunction({}, { destination });
    await putOnStandby(deployed, ["alice"]);
    const faults: Fault[] = ["reset-after", "reset-after"];
    failWith(deployed, ({ operation }) => (/Send|Put/.test(operation) ? faults.shift() : undefined));
    expect(await deployed.republish()).toEqual({ received: 1, failed: 0 });
    const ids = deployed.delivered().map(({ detail }) => detail.metadata.deduplicationId);
    expect(new Set(ids).size).toBe(1);
    if (destination === "fifo") expect(ids.length).toBe(1);
  });

  test("forwarded callbacks wait on standby and are delivered unchanged", async () => {
    const deployed = await startFunction({ FORWARD: "*,C2C.CallbackBeforeSendMsg" }, { destination });
    await deployed.start();
    failWith(deployed, destinationOnly(denied));
    const callbacks = DOCUMENTED_CALLBACKS.filter(({ command }) =>
      /^(Push\.|ContentCallback\.|Alert\.|C2C\.CallbackBefore|State\.)/.test(command),
    );
    for (const { command, body } of callbacks) {
      const query = signedQuery(nowInSeconds(), { CallbackCommand: command });
      expect((await deployed.post(query, JSON.stringify(body))).statusCode).toBe(200);
    }
    recover(deployed);
    await deployed.republish();
    const delivered = deployed.delivered();
    const text = (command: string, data: object) => JSON.stringify([command, data]);
    expect(distinct(delivered.map((event) => text(event["detail-type"], event.detail.data)))).toEqual(
      distinct(callbacks.map(({ command, body }) => text(command, body))),
    );
    expect(delivered.every(({ detail }) => detail.metadata.republished)).toBe(true);
    expect(deployed.deadLetters()).toEqual([]);
  });

  test("forwarded callbacks that arrive while the token can't be read are judged once it can", async () => {
    const deployed = await startFunction({ FORWARD: "State.*" }, { destination });
    deployed.secretsManager.fail = () => awsFault(400, "AccessDeniedException");
    await deployed.start();
    for (const CallbackCommand of ["State.StateChange", "Group.CallbackAfterSendMsg"]) {
      const body = '{"Info":{"To_Account":"alice"},"GroupId":"g"}';
      expect((await deployed.post(signedQuery(nowInSeconds(), { CallbackCommand }), body)).statusCode).toBe(503);
    }
    deployed.secretsManager.fail = () => undefined;
    await deployed.republish();
    expect(distinct(deployed.delivered().map((event) => event["detail-type"]))).toEqual(["State.StateChange"]);
    expect(deployed.deadLetters()).toEqual([]);
  });

  test("an event that can never be published moves to the dead letters, and the others are delivered", async () => {
    const deployed = await startFunction({}, { destination });
    await putOnStandby(deployed, ["poison", "alice"]);
    const refuse = destinationOnly(awsFault(400, "InvalidMessageContents"));
    failWith(deployed, (call) => (JSON.stringify(call.input).includes("poison") ? refuse(call) : undefined));
    await deployed.republish();
    expect(readers(deployed.delivered())).toEqual(["alice"]);
    expect(distinct(deployed.deadLetters())).toEqual([expect.stringContaining("poison")]);
    await deployed.stop();
    expect(logged(deployed.lines, "a message can never be published and went to the dead letters")).toMatchObject([
      { error: expect.stringContaining("InvalidMessageContents") },
    ]);
  });

  test("requests that arrive while the token can't be read are judged once it can", async () => {
    const deployed = await startFunction({}, { destination });
    deployed.secretsManager.fail = () => awsFault(400, "AccessDeniedException");
    await deployed.start();
    const report = (Report_Account: string) => JSON.stringify({ ...READ_REPORT, Report_Account });
    const now = nowInSeconds();
    expect((await deployed.post(signedQuery(now), report("genuine"))).statusCode).toBe(503);
    expect((await deployed.post(signedQuery(now, {}, "guessed"), report("forged"))).statusCode).toBe(503);
    deployed.secretsManager.fail = () => undefined;
    await deployed.republish();
    expect(readers(deployed.delivered())).toEqual(["genuine"]);
    const requests = deployed.deadLetters().map((body) => JSON.parse(body).parkedRequest as { body: string });
    const bodies = distinct(requests.map(({ body }) => Buffer.from(body, "base64").toString()));
    expect(bodies).toEqual([report("forged")]);
    await deployed.stop();
    expect(logged(deployed.lines, "metrics")).toContainEqual(expect.objectContaining({ Parked: 1 }));
    expect(logged(deployed.lines, "metrics")).toContainEqual(expect.objectContaining({ Reason: "signature-invalid" }));
  });
});

describe("A token that can't be read", () => {
  test("lets at most 300 requests a minute be parked, as nobody knows whether they are genuine", async () => {
    const deployed = await startFunction({}, { destination: "standard" });
    deployed.secretsManager.fail = () => awsFault(400, "AccessDeniedException");
    await deployed.start();
    const posts = Array.from({ length: 310 }, (_, index) => async () => {
      const body = JSON.stringify({ ...READ_REPORT, EventTime: index });
      return (await deployed.post(signedQuery(nowInSeconds()), body)).statusCode;
    });
    for (let start = 0; start < posts.length; start += 31) {
      const statuses = await Promise.all(posts.slice(start, start + 31).map((post) => post()));
      expect(new Set(statuses)).toEqual(new Set([503]));
    }
    const parked = deployed.sqs.calls.filter(({ operation }) => operation === "SendMessage");
    expect(new Set(parked.map(({ input }) => input["MessageBody"])).size).toBe(300);
    await deployed.stop();
    expect(logged(deployed.lines, "the token could not be read").length).toBe(300);
  });
});
