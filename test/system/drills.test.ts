import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetRandomPasswordCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { nowInSeconds, READ_REPORT, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";
import { type Drill, startDrill } from "../support/drill.ts";
import { type ModeratingHandler, startModeratingHandler } from "../support/moderating-handler.ts";

const read = (page: string) => readFileSync(join(import.meta.dirname, "../../docs", page), "utf8");
const [runbook, drills] = [read("runbook.md"), read("drills.md")];

/** The texts under the headings of a page's section about alarms, by heading. */
function alarmsOf(page: string): Map<string, string> {
  const [, section = ""] = /^## Alarms$(.*?)(?=^## )/ms.exec(page) ?? [];
  const parts = section.split(/^### /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part]));
}

/** The line of a page that begins with a text. */
function lineWith(page: string, start: string): string {
  const line = page.split("\n").find((candidate) => candidate.startsWith(start));
  if (line === undefined) throw new Error(`No line begins with ${start}`);
  return line;
}

const COMMANDS = {
  definitions: ["resource() {", "arn() {", "QUEUE="].map((start) => lineWith(runbook, start)).join("\n"),
  fetchLost: lineWith(drills, "grep -o"),
};

let drill: Drill;

/** Lets time pass for the queues. The functions, in their own processes, do not notice. */
async function pass(seconds: number, until: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
  try {
    await until();
  } finally {
    vi.useRealTimers();
  }
}

/**
 * Waits until the republish function has tried each message on standby, and has hidden it until the next time.
 *
 * @param attempts how often it has tried each
 */
async function triedOnStandby(...attempts: number[]): Promise<void> {
  const tries = () =>
    drill.list("standby").map(({ receiveCount, visibleAt = 0 }) => {
      // A message that the function is working on is hidden for longer.
      const isHiddenByFunction = visibleAt > Date.now() && visibleAt <= Date.now() + 60_000;
      return isHiddenByFunction && receiveCount;
    });
  await expect.poll(tries).toEqual(attempts);
}

const received = (reader: string) => expect.poll(() => drill.receive()).toEqual([reader]);

/** Receives an event that waits on standby. The time to its next attempt passes in half minutes. */
async function republished(reader: string): Promise<void> {
  const receive = () => {
    vi.setSystemTime(Date.now() + 30_000);
    return drill.receive();
  };
  await pass(0, () => expect.poll(receive).toEqual([reader]));
}

/** Puts back what is only in the log. */
async function putBack(...options: string[]): Promise<void> {
  expect(await drill.replay(...options, "--queue-url", drill.resource("$QUEUE"), "--apply")).toMatchObject({
    stdout: expect.stringContaining("1 of 1 event put back."),
    exitCode: 0,
  });
}

/** What each drill does, by its heading. */
const PRACTISED: Readonly<Record<string, (reader: string) => Promise<void>>> = {
  async "Events not stored"(reader) {
    drill.break("destination=refuse,standby=refuse");
    expect((await drill.send("--reader", reader)).stdout).toMatch(/^503 /);
    await drill.logged("an event could not be stored");
    await drill.counted("NotStored");
    drill.heal();
    await putBack();
    await received(reader);
  },
  async "Standby in use"(reader) {
    drill.break("destination=refuse");
    expect((await drill.send("--reader", reader)).stdout).toMatch(/^200 /);
    await drill.logged("the destination did not take an event");
    await drill.counted("Standby");
    await triedOnStandby(1);
    drill.heal();
    await republished(reader);
  },
  async "Standby behind"(reader) {
    drill.break("destination=refuse");
    await drill.send("--reader", reader);
    await drill.logged("a message stays on standby");
    await triedOnStandby(1);
    await pass(30, () => triedOnStandby(2));
    drill.heal();
    await republished(reader);
  },
  async "Dead letters"(reader) {
    await drill.send("--reader", reader);
    for (let count = 1; count <= 5; count += 1) expect(await drill.receive("--keep")).toEqual([reader]);
    expect(await drill.receive("--keep")).toEqual([]);
    const letters = drill.resource(`"$QUEUE"Dlq`);
    const { Messages } = await drill.sqs.send(new ReceiveMessageCommand({ QueueUrl: letters }));
    expect(Messages).toHaveLength(1);
    const [SourceArn, DestinationArn] = [await arnOf(letters), await arnOf(drill.resource("$QUEUE"))];
    const move = () => drill.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    await move();
    expect(await drill.receive()).toEqual([]);
    await pass(30, async () => void (await move()));
    await received(reader);
  },
  async "Function errors"(reader) {
    drill.break("function=kill:1");
    expect((await drill.send("--reader", reader)).stdout).toMatch(/^500 /);
    expect(drill.printed()).toMatch(/failure .* was killed$/m);
    expect((await drill.send("--reader", reader)).stdout).toMatch(/^200 /);
    await received(reader);
  },
  async "Slow replies"(reader) {
    drill.break("destination=hang,standby=hang");
    const { stdout } = await drill.send("--reader", reader);
    expect(Number(/^(\d+) ms$/m.exec(stdout)?.[1])).toBeGreaterThan(2_000);
    drill.heal();
    await putBack();
    await received(reader);
  },
  async Refusals(reader) {
    for (let count = 1; count <= 10; count += 1)
      expect((await drill.send("--token", "wrong")).stdout).toMatch(/^401 .*Sign/);
    await drill.counted("Refused");
    await drill.send("--reader", reader);
    await received(reader);
  },
  async "Expired callbacks"(reader) {
    const query = signedQuery(nowInSeconds() - 600);
    const body = JSON.stringify({ ...READ_REPORT, Report_Account: reader });
    const { status } = await fetch(`${drill.callbackUrl}?${query}`, { method: "POST", body });
    expect(status).toBe(401);
    await drill.logged("a signed callback was refused");
    expect(drill.printed()).toContain("request-expired");
    await putBack("--unverified", "--sdk-app-id", SDK_APP_ID);
    await received(reader);
  },
  async "Signed callbacks refused"() {
    expect((await drill.send("--set", "LastReadTime=soon")).stdout).toMatch(/^400 /);
    await drill.logged("a signed callback was refused");
    await drill.counted("RefusedSigned");
    expect(drill.printed()).toContain("read-report-invalid");
    expect(await drill.replay()).toMatchObject({ stderr: expect.stringContaining("still refused"), exitCode: 1 });
  },
  async "Consumers behind"(reader) {
    await drill.send("--reader", reader);
    const input = { QueueUrl: drill.resource("$QUEUE"), AttributeNames: ["All" as const] };
    const { Attributes } = await drill.sqs.send(new GetQueueAttributesCommand(input));
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: "1" });
    await received(reader);
  },
  async Silence(reader) {
    await drill.send("--reader", reader);
    await drill.counted("Genuine");
    await received(reader);
  },
};

async function arnOf(QueueUrl: string): Promise<string | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  return (await drill.sqs.send(command)).Attributes?.["QueueArn"];
}

test("There is a drill for every alarm, in the runbook's order", () => {
  expect([...alarmsOf(drills).keys()]).toEqual([...alarmsOf(runbook).keys()]);
});

/** The drills that need a start of their own. */
const OTHERS = ["Server errors", "Relay failed"];

test("Every drill is practised here, unless it needs AWS or is another one's", () => {
  const practised = [...alarmsOf(drills)].filter(([, text]) => !/\n\n(Only in AWS:|As )/.test(text));
  expect(practised.map(([heading]) => heading)).toEqual(expect.arrayContaining([...Object.keys(PRACTISED), ...OTHERS]));
  expect(practised).toHaveLength(Object.keys(PRACTISED).length + OTHERS.length);
});

describe("In the local system", () => {
  beforeAll(async () => {
    drill = await startDrill(COMMANDS);
  });
  afterAll(() => drill.close());

  test.each(Object.entries(PRACTISED))("the drill %s happens, and ends well", async (heading, practise) => {
    drill.begin();
    await practise(heading.replaceAll(" ", "-"));
  });

  test("the token can be changed, and the old one revoked", async () => {
    const SecretId = drill.resource("Token");
    const { RandomPassword: token = "" } = await drill.secretsManager.send(
      new GetRandomPasswordCommand({ PasswordLength: 32, ExcludePunctuation: true }),
    );
    const put = () => drill.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: token }));
    const exitCode = async (...options: string[]) => (await drill.send(...options)).exitCode;
    await put();
    await expect.poll(() => exitCode("--token", token)).toBe(0);
    expect(await exitCode()).toBe(0);
    await put();
    await expect.poll(() => exitCode()).toBe(1);
    expect(await exitCode("--token", token)).toBe(0);
  });
});

describe("In a local system that starts without access to its token", () => {
  beforeAll(async () => {
    drill = await startDrill(COMMANDS, { broken: "secrets=refuse" });
  });
  afterAll(() => drill.close());

  test("the drill Server errors happens and ends well, and a forged callback becomes a dead letter", async () => {
    expect((await drill.send("--reader", "alice")).stdout).toMatch(/^503 /);
    expect((await drill.send("--token", "wrong")).stdout).toMatch(/^503 /);
    await drill.logged("no token at start");
    await drill.logged("the token could not be read");
    await triedOnStandby(1, 1);
    drill.heal();
    await republished("alice");
    const QueueUrl = drill.resource("StandbyDeadLetterQueue");
    const { Messages: [message] = [] } = await drill.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] }),
    );
    expect(message?.MessageAttributes?.["Reason"]?.StringValue).toContain("Sign does not match");
    await drill.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    expect(drill.list("standby-dead-letters")).toEqual([]);
  });
});

describe("In a local system in front of an existing handler", () => {
  let handler: ModeratingHandler;

  beforeAll(async () => {
    handler = await startModeratingHandler({ token: TOKEN });
    drill = await startDrill(COMMANDS, { relayUrl: handler.url });
  });
  afterAll(async () => {
    await drill.close();
    await handler.close();
  });

  test("the drill Relay failed happens, and ends well", async () => {
    const sendBeforeCallback = () => drill.send("--command", "C2C.CallbackBeforeSendMsg");
    drill.break("handler=fail");
    expect((await sendBeforeCallback()).stdout).toMatch(/^500 /);
    expect((await drill.send("--reader", "alice")).stdout).toMatch(/^200 /);
    await drill.logged("the existing handler did not accept a callback");
    await drill.counted("RelayFailed");
    await expect.poll(() => drill.printed().match(/it replied with 500/g)).toHaveLength(2);
    expect(handler.calls).toEqual([]);
    drill.heal();
    expect((await sendBeforeCallback()).stdout).toMatch(/^200 /);
    expect(handler.calls).toMatchObject([{ command: "C2C.CallbackBeforeSendMsg" }]);
    await received("alice");
  });
});
