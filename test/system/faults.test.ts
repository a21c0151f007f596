import { describe, expect, test } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { markRepublished } from "../../events/create-event.ts";
import { toJson } from "../../events/json.ts";
import { readRecoveryLog } from "../../functions/recovery-log.ts";
import { awsFault, type Call, type Fault } from "../../local/faulty-endpoint.ts";
import { DESTINATIONS, STANDBY_QUEUE } from "../../local/functions.ts";
import { nowInSeconds, READ_REPORT, signedQuery } from "../support/callbacks.ts";
import { DOCUMENTED_CALLBACKS } from "../support/documented-callbacks.ts";
import { logged, startFunction } from "../support/function.ts";

const SLOW = "answers after 300 ms";

/** What AWS's services, and the network in between, can do to a call. */
const FAULTS: Readonly<Record<string, Fault>> = {
  [SLOW]: { delay: 300 },
  "never answers": "hang",
  "stops within the answer": "hang-after-headers",
  "resets before the call was carried out": "reset",
  "resets after the call was carried out": "reset-after",
  "answers 400, invalid": awsFault(400, "InvalidParameterValue"),
  "answers 400, throttled": awsFault(400, "ThrottlingException"),
  "answers 403, access denied": awsFault(403, "AccessDeniedException"),
  "answers 403, credentials expired": awsFault(403, "ExpiredTokenException"),
  "answers 429": awsFault(429, "TooManyRequestsException"),
  "answers 500": awsFault(500, "InternalFailure"),
  "answers 503": awsFault(503, "ServiceUnavailable"),
  "answers malformed JSON": { status: 200, body: '{"MessageId' },
  "confirms another message, or no event": {
    status: 200,
    body: '{"MessageId":"1","MD5OfMessageBody":"0","FailedEntryCount":0,"Entries":[]}',
  },
  "fails a part of the call": {
    status: 200,
    body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}',
  },
};

/** Which calls of an event a fault hits. */
const EXTENTS = ["once", "the destination", "destination and standby"] as const;
type Extent = (typeof EXTENTS)[number];

const CASES = Object.keys(FAULTS).flatMap((name) =>
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
    return applies[hit.extent] ? FAULTS[hit.name] : undefined;
  };
}

/** The accounts of events, sorted, each once: delivery is at least once. */
const readers = (events: readonly ChatEvent[]) =>
  [...new Set(events.map(({ detail }) => String(detail.data["Report_Account"])))].sort();

describe.concurrent.each(DESTINATIONS)("With %s as destination", (destination) => {
  test("no event is lost, whichever calls fail in whichever way", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    await deployed.start();
    deployed.sqs.fail = chooseFault();
    deployed.eventBridge.fail = deployed.sqs.fail;
    const replies = await Promise.all(
      CASES.map(async ({ reader }) => {
        const body = JSON.stringify({ ...READ_REPORT, Report_Account: reader });
        return (await deployed.post(signedQuery(nowInSeconds()), body)).statusCode;
      }),
    );

    // No caller is told OK if both places fail. The others may be, depending on the machine's load: see deliver.test.ts.
    for (const [index, { name, extent }] of CASES.entries()) {
      const statuses = extent === "destination and standby" && name !== SLOW ? [503] : [200, 503];
      expect(statuses, `${name}: ${extent}`).toContain(replies[index]);
    }
    const refused = CASES.filter((_case, index) => replies[index] !== 200).map(({ reader }) => reader);
    const fromLog = readRecoveryLog(deployed.lines.join("\n")).records.flatMap((record) =>
      record.kind === "event" ? [markRepublished(record.event)] : [],
    );
    // An event that a late retry stores is in the log as well.
    expect(readers(fromLog)).toEqual(expect.arrayContaining(refused));

    // The services recover: standby empties itself, and the log is replayed.
    deployed.sqs.fail = () => undefined;
    deployed.eventBridge.fail = () => undefined;
    await deployed.republish();
    const accepted = CASES.filter((_case, index) => replies[index] === 200).map(({ reader }) => reader);
    expect(readers(deployed.delivered())).toEqual(expect.arrayContaining(accepted));
    for (const event of fromLog) await deployed.queues.send(STANDBY_QUEUE, toJson(event));
    await deployed.republish();

    expect(readers(deployed.delivered())).toEqual(CASES.map(({ reader }) => reader).toSorted());
    expect(deployed.deadLetters()).toEqual([]);
    const ids = new Set(deployed.delivered().map(({ detail }) => detail.metadata.deduplicationId));
    expect(ids.size).toBe(CASES.length);
    // Within five minutes, a FIFO queue has each event once.
    if (destination === "fifo") expect(deployed.delivered().length).toBe(CASES.length);
  });

  test("connections that are cut between two invocations do no harm", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    await deployed.start();
    for (let count = 0; count < 5; count += 1) {
      deployed.sqs.cut();
      deployed.eventBridge.cut();
      const body = JSON.stringify({ ...READ_REPORT, Report_Account: `reader ${count}` });
      expect((await deployed.post(signedQuery(nowInSeconds()), body)).statusCode).toBe(200);
    }
    await deployed.republish();
    expect(readers(deployed.delivered()).length).toBe(5);
  });

  test.for<[string, Fault]>([
    ["hangs", "hang"],
    ["denies access", awsFault(403, "AccessDeniedException")],
  ])(
    "events stay on standby, hidden, while the destination %s, and are delivered later",
    async ([, fault], context) => {
      const deployed = await startFunction({}, { destination, context });
      await deployed.start();
      const toDestination = ({ input }: Call) => (String(input["QueueUrl"]).includes("/standby") ? undefined : fault);
      deployed.sqs.fail = toDestination;
      deployed.eventBridge.fail = toDestination;
      const names = ["one", "two", "three"];
      const replies = names.map((Report_Account) =>
        deployed.post(signedQuery(nowInSeconds()), JSON.stringify({ ...READ_REPORT, Report_Account })),
      );
      for (const { statusCode } of await Promise.all(replies)) expect(statusCode).toBe(200);
      expect(await deployed.republish()).toEqual({ received: 3, failed: 3 });
      const hidden = deployed.sqs.calls.filter(({ operation }) => operation === "ChangeMessageVisibility");
      expect(hidden.map(({ input }) => input["VisibilityTimeout"])).toEqual([30, 30, 30]);

      deployed.sqs.fail = () => undefined;
      deployed.eventBridge.fail = () => undefined;
      for (const { input } of hidden) await deployed.queues.show(STANDBY_QUEUE, String(input["ReceiptHandle"]));
      expect(await deployed.republish()).toEqual({ received: 3, failed: 0 });
      expect(readers(deployed.delivered())).toEqual(names.toSorted());
      await deployed.stop();
      expect(logged(deployed.lines, "a message could not be hidden")).toEqual([]);
    },
  );

  test("a republished event whose confirmation is lost is delivered again with the same id", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    await deployed.start();
    const deny = ({ input }: Call) =>
      String(input["QueueUrl"]).includes("/standby") ? undefined : awsFault(403, "AccessDeniedException");
    deployed.sqs.fail = deny;
    deployed.eventBridge.fail = deny;
    expect((await deployed.post(signedQuery(nowInSeconds()), JSON.stringify(READ_REPORT))).statusCode).toBe(200);
    const faults: Fault[] = ["reset-after", "reset-after"];
    const loseConfirmation = ({ operation }: Call) => (/Send|Put/.test(operation) ? faults.shift() : undefined);
    deployed.sqs.fail = loseConfirmation;
    deployed.eventBridge.fail = loseConfirmation;
    expect(await deployed.republish()).toEqual({ received: 1, failed: 0 });
    const ids = deployed.delivered().map(({ detail }) => detail.metadata.deduplicationId);
    expect(new Set(ids).size).toBe(1);
    if (destination === "fifo") expect(ids.length).toBe(1);
  });

  test("forwarded callbacks wait on standby and are delivered unchanged", async (context) => {
    const deployed = await startFunction({ FORWARD: "*,C2C.CallbackBeforeSendMsg" }, { destination, context });
    await deployed.start();
    const toDestination = ({ input }: Call) =>
      String(input["QueueUrl"]).includes("/standby") ? undefined : awsFault(403, "AccessDeniedException");
    deployed.sqs.fail = toDestination;
    deployed.eventBridge.fail = toDestination;
    const callbacks = DOCUMENTED_CALLBACKS.filter(({ command }) =>
      /^(Push\.|ContentCallback\.|Alert\.|C2C\.CallbackBefore|State\.)/.test(command),
    );
    for (const { command, body } of callbacks) {
      const query = signedQuery(nowInSeconds(), { CallbackCommand: command });
      expect((await deployed.post(query, JSON.stringify(body))).statusCode).toBe(200);
    }
    deployed.sqs.fail = () => undefined;
    deployed.eventBridge.fail = () => undefined;
    await deployed.republish();
    const text = (command: string, data: object) => JSON.stringify([command, data]);
    const delivered = new Set(deployed.delivered().map((event) => text(event["detail-type"], event.detail.data)));
    expect(delivered).toEqual(new Set(callbacks.map(({ command, body }) => text(command, body))));
    expect(deployed.delivered().every(({ detail }) => detail.metadata.republished)).toBe(true);
    expect(deployed.deadLetters()).toEqual([]);
  });

  test("forwarded callbacks that arrive while the token can't be read are judged once it can", async (context) => {
    const deployed = await startFunction({ FORWARD: "State.*" }, { destination, context });
    deployed.secretsManager.fail = () => awsFault(400, "AccessDeniedException");
    await deployed.start();
    for (const CallbackCommand of ["State.StateChange", "Group.CallbackAfterSendMsg"]) {
      const body = '{"Info":{"To_Account":"alice"},"GroupId":"g"}';
      expect((await deployed.post(signedQuery(nowInSeconds(), { CallbackCommand }), body)).statusCode).toBe(503);
    }
    deployed.secretsManager.fail = () => undefined;
    await deployed.republish();
    expect(deployed.delivered().map((event) => event["detail-type"])).toEqual(["State.StateChange"]);
    expect(deployed.deadLetters()).toEqual([]);
  });

  test("an event that can never be published moves to the dead letters, and the others are delivered", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    await deployed.start();
    const poisonous = ({ input }: Call) => {
      const toDestination = !String(input["QueueUrl"]).includes("/standby");
      return toDestination && JSON.stringify(input).includes("poison")
        ? awsFault(400, "InvalidMessageContents")
        : undefined;
    };
    deployed.sqs.fail = poisonous;
    deployed.eventBridge.fail = poisonous;
    for (const Report_Account of ["poison", "alice"]) {
      const body = JSON.stringify({ ...READ_REPORT, Report_Account });
      expect((await deployed.post(signedQuery(nowInSeconds()), body)).statusCode).toBe(200);
    }
    await deployed.republish();
    expect(readers(deployed.delivered())).toEqual(["alice"]);
    expect(deployed.deadLetters()).toEqual([expect.stringContaining("poison")]);
    await deployed.stop();
    expect(logged(deployed.lines, "a message can never be published and went to the dead letters")).toMatchObject([
      { error: expect.stringContaining("InvalidMessageContents") },
    ]);
  });

  test("requests that arrive while the token can't be read are judged once it can", async (context) => {
    const deployed = await startFunction({}, { destination, context });
    deployed.secretsManager.fail = () => awsFault(400, "AccessDeniedException");
    await deployed.start();
    const report = (Report_Account: string) => JSON.stringify({ ...READ_REPORT, Report_Account });
    const now = nowInSeconds();
    expect((await deployed.post(signedQuery(now), report("genuine"))).statusCode).toBe(503);
    expect((await deployed.post(signedQuery(now, {}, "guessed"), report("forged"))).statusCode).toBe(503);
    deployed.secretsManager.fail = () => undefined;
    await deployed.republish();
    expect(readers(deployed.delivered())).toEqual(["genuine"]);
    const [request, ...others] = deployed.deadLetters().map((body) => JSON.parse(body).parkedRequest);
    expect(others).toEqual([]);
    expect(Buffer.from(request.body, "base64").toString()).toContain("forged");
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
