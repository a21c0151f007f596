import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { SQSBatchResponse } from "aws-lambda";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toJson } from "../../events/json.ts";
import { SubscriberStack } from "../../examples/subscriber/stack.ts";
import { WatermarkStack } from "../../examples/watermark/stack.ts";
import { FunctionProcess } from "../../local/function-process.ts";
import { type LocalSystem, startLocalSystem } from "../../local/local-system.ts";
import { close, listen } from "../../local/server.ts";
import { nowInSeconds, OK, READ_REPORT, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";
import { forwardedEvent } from "../support/example-event.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: object) => Server;

const CLIENT = { region: "us-east-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } };
const TABLE = "watermarks";

describe("The consumer that keeps watermarks", () => {
  let directory: string;
  let system: LocalSystem;
  let database: Server;
  let dynamoDb: DynamoDBClient;
  let sqs: SQSClient;
  let consumer: FunctionProcess;
  const lines: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "example-"));
    database = dynalite({ createTableMs: 0 });
    const endpoint = await listen(database);
    dynamoDb = new DynamoDBClient({ ...CLIENT, endpoint });
    const keys = ["reader", "peer"];
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" })),
      }),
    );
    const silent = { exchange() {}, message() {}, log() {}, failure() {} };
    system = await startLocalSystem({ sdkAppId: SDK_APP_ID, token: TOKEN, port: 0 }, silent);
    sqs = new SQSClient({ ...CLIENT, endpoint: system.sqsEndpoint });
    const bundle = join(directory, "index.cjs");
    const entry = join(import.meta.dirname, "../../examples/watermark/handler.ts");
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", format: "cjs" });
    const environment = {
      TABLE_NAME: TABLE,
      AWS_REGION: CLIENT.region,
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    };
    const definition = { name: "consumer", bundle, environment, timeoutMilliseconds: 10_000 };
    consumer = new FunctionProcess(definition, (line) => lines.push(line));
    await consumer.start();
  });

  afterAll(async () => {
    await consumer.stop();
    await system.close();
    await close(database);
    await rm(directory, { recursive: true });
  });

  const QueueUrl = () => system.outputs["QueueUrl"] ?? "";

  async function read(changes: object, query: object = {}): Promise<void> {
    const url = `${system.outputs["CallbackUrl"]}?${signedQuery(nowInSeconds(), { ...query })}`;
    const body = JSON.stringify({ ...READ_REPORT, EventTime: Date.now(), ...changes });
    const response = await fetch(url, { method: "POST", body });
    expect(await response.json()).toEqual(OK);
  }

  /** What is in the queue goes to the function as Lambda hands it over; what it does not name as failed is deleted. */
  async function consume(expected: number): Promise<{ messages: Message[]; failed: number }> {
    const messages: Message[] = [];
    let failed = 0;
    while (messages.length < expected) {
      const command = new ReceiveMessageCommand({ QueueUrl: QueueUrl(), MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
      const { Messages = [] } = await sqs.send(command);
      if (Messages.length === 0) throw new Error(`There were ${messages.length} messages instead of ${expected}`);
      messages.push(...Messages);
      const { batchItemFailures } = await handOver(Messages);
      const names = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
      failed += names.length;
      for (const { MessageId = "", ReceiptHandle } of Messages) {
        if (!names.includes(MessageId))
          await sqs.send(new DeleteMessageCommand({ QueueUrl: QueueUrl(), ReceiptHandle }));
      }
    }
    return { messages, failed };
  }

  async function handOver(messages: readonly Message[]): Promise<SQSBatchResponse> {
    const Records = messages.map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body }));
    return (await consumer.invoke({ Records })) as SQSBatchResponse;
  }

  async function watermarks(): Promise<Record<string, number>> {
    const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: TABLE }));
    return Object.fromEntries(
      Items.map(({ reader, peer, lastReadTime }) => [`${reader?.S} ${peer?.S}`, Number(lastReadTime?.N)]),
    );
  }

  test("keeps the largest, whatever the order, and however often", async () => {
    for (const LastReadTime of [100, 300, 200]) await read({ LastReadTime });
    await read({ LastReadTime: 150, Peer_Account: "carol" });
    await read({ LastReadTime: 900, Peer_Account: "dave" }, { OptPlatform: "RESTAPI" });
    const { messages, failed } = await consume(5);
    expect(failed).toBe(0);
    const kept = { [`${SDK_APP_ID}#alice bob`]: 300, [`${SDK_APP_ID}#alice carol`]: 150 };
    expect(await watermarks()).toEqual(kept);

    expect(await handOver(messages.toReversed())).toEqual({ batchItemFailures: [] });
    expect(await watermarks()).toEqual(kept);
  });

  test("leaves alone what is another callback's, if the operator forwards some", async () => {
    const before = await watermarks();
    const body = toJson(forwardedEvent("C2C.CallbackAfterSendMsg", '{"From_Account":"alice","To_Account":"bob"}'));
    expect(await handOver([{ MessageId: "1", Body: body }])).toEqual({ batchItemFailures: [] });
    expect(await watermarks()).toEqual(before);
  });

  test("names a message that is no event, and works off the others of its batch", async () => {
    const poison = { MessageBody: '{"detail-type":"secret"}', MessageGroupId: "g", MessageDeduplicationId: "d" };
    await sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl(), ...poison }));
    await read({ LastReadTime: 400 });
    const { failed } = await consume(2);
    expect(failed).toBe(1);
    expect((await watermarks())[`${SDK_APP_ID}#alice bob`]).toBe(400);
    expect(lines.join("\n")).toContain("version is missing");
    expect(lines.join("\n")).not.toContain("secret");
  });

  test("has its messages again while the table can't be written", async () => {
    await read({ LastReadTime: 500 });
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl(), WaitTimeSeconds: 1 }));
    expect(Messages.length).toBe(1);
    const environment = { TABLE_NAME: "nothing", AWS_REGION: CLIENT.region, AWS_ACCESS_KEY_ID: "id" };
    const endpoint = {
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port(database)}`,
    };
    const bundle = join(directory, "index.cjs");
    const broken = new FunctionProcess(
      { name: "broken", bundle, environment: { ...environment, ...endpoint }, timeoutMilliseconds: 10_000 },
      () => {},
    );
    await broken.start();
    const Records = Messages.map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body }));
    expect(await broken.invoke({ Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: Messages[0]?.MessageId }],
    });
    await broken.stop();
  });
});

function port(server: Server): number {
  return (server.address() as { port: number }).port;
}

/** Without bundling, which is tested above. */
const app = () => new App({ context: { "aws:cdk:bundling-stacks": [] } });

test("Its stack connects queue, function and table", () => {
  const template = Template.fromStack(new WatermarkStack(app(), "Watermarks", { sdkAppId: SDK_APP_ID }));
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: { "Fn::GetAtt": [Match.stringLikeRegexp("^ChatEventsFifoQueue"), "Arn"] },
    FunctionName: { Ref: Match.stringLikeRegexp("^Consumer") },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  template.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ TABLE_NAME: { Ref: Match.stringLikeRegexp("^Watermarks") } }) },
  });
});

test("The subscriber's stack gets the reads of its accounts from a bus of another stack", () => {
  const props = { eventBusName: "the-bus", accounts: ["alice", "bob"] };
  const template = Template.fromStack(new SubscriberStack(app(), "Subscriber", props));
  template.hasResourceProperties("AWS::Events::Rule", {
    EventBusName: "the-bus",
    EventPattern: {
      source: ["tencent.chat"],
      "detail-type": ["C2C.CallbackAfterMsgReport"],
      detail: { data: { Report_Account: ["alice", "bob"] } },
    },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
});
