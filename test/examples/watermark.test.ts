import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { SQSBatchResponse } from "aws-lambda";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { toJson } from "../../events/json.ts";
import { WatermarkStack } from "../../examples/watermark/stack.ts";
import { drain } from "../../local/event-source.ts";
import { FunctionProcess } from "../../local/function-process.ts";
import { type RunningFunctions, startFunctions } from "../../local/functions.ts";
import { close, listen } from "../../local/server.ts";
import { nowInSeconds, OK, READ_REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: object) => Server;

const TABLE = "watermarks";
const CREDENTIALS = { accessKeyId: "id", secretAccessKey: "secret" };

describe("The consumer that keeps watermarks", () => {
  let directory: string;
  let database: Server;
  let dynamoDb: DynamoDBClient;
  let functions: RunningFunctions;
  let consumer: FunctionProcess;
  const messages: string[] = [];
  const lines: string[] = [];

  /** The example's function, bundled as its stack bundles it. */
  async function startConsumer(tableName: string): Promise<FunctionProcess> {
    const bundle = join(directory, "index.cjs");
    const entry = join(import.meta.dirname, "../../examples/watermark/handler.ts");
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", format: "cjs" });
    const environment = {
      TABLE_NAME: tableName,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(database.address() as { port: number }).port}`,
    };
    const definition = { name: "consumer", bundle, environment, timeoutMilliseconds: 10_000 };
    const started = new FunctionProcess(definition, (line) => lines.push(line));
    await started.start();
    return started;
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "example-"));
    database = dynalite({ createTableMs: 0 });
    const endpoint = await listen(database);
    dynamoDb = new DynamoDBClient({ region: "us-east-1", credentials: CREDENTIALS, endpoint });
    const keys = ["reader", "peer"];
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" })),
      }),
    );
    functions = await startFunctions({
      sdkAppId: SDK_APP_ID,
      token: TOKEN,
      destination: "fifo",
      onMessage: ({ body }) => messages.push(body),
    });
    consumer = await startConsumer(TABLE);
  });

  afterAll(async () => {
    await consumer.stop();
    await functions.close();
    dynamoDb.destroy();
    await close(database);
    await rm(directory, { recursive: true });
  });

  async function read(changes: object, query: object = {}): Promise<void> {
    const body = JSON.stringify({ ...READ_REPORT, EventTime: Date.now(), ...changes });
    const reply = await functions.post(signedQuery(nowInSeconds(), { ...query }), body);
    expect(JSON.parse(reply.body)).toEqual(OK);
  }

  /** Hands what is in the queue to the consumer, as Lambda does. */
  const consume = (process = consumer) =>
    drain({ queueName: functions.eventsQueue, batchSize: 10, process }, functions.queues);

  async function handOver(bodies: readonly string[]): Promise<SQSBatchResponse> {
    const Records = bodies.map((body, index) => ({ messageId: `message-${index}`, body }));
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
    expect(await consume()).toEqual({ received: 5, failed: 0 });
    const kept = { [`${SDK_APP_ID}#alice bob`]: 300, [`${SDK_APP_ID}#alice carol`]: 150 };
    expect(await watermarks()).toEqual(kept);

    expect(await handOver(messages.toReversed())).toEqual({ batchItemFailures: [] });
    expect(await watermarks()).toEqual(kept);
  });

  test("ignores a read more than a day after its receipt, which would hide all later ones", async () => {
    const before = await watermarks();
    const day = 86_400;
    const future = exampleEvent({ LastReadTime: REQUEST_TIME + day + 1, Peer_Account: "erin" });
    expect(await handOver([toJson(future)])).toEqual({ batchItemFailures: [] });
    expect(await watermarks()).toEqual(before);
    expect(lines.join("\n")).toContain(future.detail.metadata.deduplicationId);

    const latest = exampleEvent({ LastReadTime: REQUEST_TIME + day, Peer_Account: "erin" });
    expect(await handOver([toJson(latest)])).toEqual({ batchItemFailures: [] });
    expect((await watermarks())[`${SDK_APP_ID}#alice erin`]).toBe(REQUEST_TIME + day);
  });

  test("leaves alone what is another callback's, if the operator forwards some", async () => {
    const before = await watermarks();
    const body = toJson(forwardedEvent("C2C.CallbackAfterSendMsg", '{"From_Account":"alice","To_Account":"bob"}'));
    expect(await handOver([body])).toEqual({ batchItemFailures: [] });
    expect(await watermarks()).toEqual(before);
  });

  test("reports a message that is no event, and processes the others of its batch", async () => {
    const batch = ['{"detail-type":"secret"}', toJson(exampleEvent({ LastReadTime: 400 }))];
    expect(await handOver(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: "message-0" }] });
    expect((await watermarks())[`${SDK_APP_ID}#alice bob`]).toBe(400);
    expect(lines.join("\n")).toContain("version is missing");
    expect(lines.join("\n")).not.toContain("secret");
  });

  test("gets its messages again while the table can't be written", async () => {
    const broken = await startConsumer("nothing");
    onTestFinished(() => broken.stop());
    await read({ LastReadTime: 500 });
    expect(await consume(broken)).toEqual({ received: 1, failed: 1 });
  });
});

test("The stack connects queue, function and table", () => {
  // Without bundling, which is tested above.
  const app = new App({ context: { "aws:cdk:bundling-stacks": [] }, builtinCloudFormationValidation: false });
  const template = Template.fromStack(new WatermarkStack(app, "Watermarks", { sdkAppId: SDK_APP_ID }));
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: { "Fn::GetAtt": [Match.stringLikeRegexp("^ChatEventsFifoQueue"), "Arn"] },
    FunctionName: { Ref: Match.stringLikeRegexp("^Consumer") },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  template.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ TABLE_NAME: { Ref: Match.stringLikeRegexp("^Watermarks") } }) },
  });
});
