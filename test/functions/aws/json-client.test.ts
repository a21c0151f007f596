import dns from "node:dns";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { invalidResponse } from "../../../functions/aws/aws-error.ts";
import { EVENT_BRIDGE, JsonClient, SECRETS_MANAGER, type Service, SQS } from "../../../functions/aws/json-client.ts";
import {
  awsFault,
  type Call,
  type Fault,
  type FaultyEndpoint,
  startFaultyEndpoint,
} from "../../../local/faulty-endpoint.ts";
import { type LocalQueues, startQueues } from "../../../local/queues.ts";

const CREDENTIALS = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "session" };
const REGION = "ap-southeast-1";
const MESSAGE = { QueueUrl: "http://127.0.0.1/000000000000/plain", MessageBody: "用户 😀" };

let queues: LocalQueues;
let endpoint: FaultyEndpoint;

beforeAll(async () => {
  queues = await startQueues();
  await queues.create("plain", {});
  endpoint = await startFaultyEndpoint(queues.endpoint);
});

afterAll(async () => {
  await endpoint.close();
  await queues.close();
});

beforeEach(() => {
  endpoint.fail = () => undefined;
  endpoint.calls.length = 0;
});

const client = (service: Service, url = endpoint.url) => new JsonClient(service, new URL(url), REGION, CREDENTIALS);
const within = (milliseconds: number) => performance.now() + milliseconds;
const failFirst = (...faults: Fault[]) => {
  endpoint.fail = () => faults.shift();
};

describe("A call", () => {
  const sdkConfig = () => ({ region: REGION, credentials: CREDENTIALS, endpoint: endpoint.url, maxAttempts: 1 });
  const entry = { EventBusName: "b", Source: "s", DetailType: "t", Detail: "{}", Resources: [] };

  test.each([
    {
      operation: "SendMessage",
      service: SQS,
      input: { ...MESSAGE, MessageGroupId: "group", MessageDeduplicationId: "id" },
      viaSdk: (input: never) => new SQSClient(sdkConfig()).send(new SendMessageCommand(input)),
    },
    {
      operation: "PutEvents",
      service: EVENT_BRIDGE,
      input: { Entries: [{ ...entry, Time: 1_670_575_215 }] },
      viaSdk: () =>
        new EventBridgeClient(sdkConfig()).send(
          new PutEventsCommand({ Entries: [{ ...entry, Time: new Date(1_670_575_215_000) }] }),
        ),
    },
    {
      operation: "GetSecretValue",
      service: SECRETS_MANAGER,
      input: { SecretId: "arn", VersionStage: "AWSPREVIOUS" },
      viaSdk: (input: never) => new SecretsManagerClient(sdkConfig()).send(new GetSecretValueCommand(input)),
    },
  ])("to $operation sends the same request as the SDK", async ({ operation, service, input, viaSdk }) => {
    endpoint.fail = () => ({ status: 200, body: "{}" });
    await client(service).call(operation, input, within(10_000));
    await viaSdk(input as never).catch(() => {});
    const [ours, theirs] = endpoint.calls;
    expect(ours?.operation).toBe(operation);
    expect(ours?.input).toEqual(theirs?.input);
    for (const name of ["host", "content-type", "content-length", "x-amz-target", "x-amz-security-token"]) {
      expect(ours?.headers[name], name).toBe(theirs?.headers[name]);
    }
    const scope = (call?: Call) => String(call?.headers.authorization).split(",")[0];
    expect(scope(ours)).toBe(scope(theirs));
  });

  test("may contain any characters", async () => {
    const output = await client(SQS).call<{ MessageId: string }>("SendMessage", MESSAGE, within(10_000));
    expect(output.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("may get an empty response", async () => {
    endpoint.fail = () => ({ status: 200, body: "" });
    expect(await client(SQS).call("ChangeMessageVisibility", {}, within(10_000))).toEqual({});
    expect(endpoint.calls.length).toBe(1);
  });

  test("fails if it is redirected", async () => {
    endpoint.fail = () => ({ status: 307, body: "" });
    await expect(client(SQS).call("ChangeMessageVisibility", {}, within(10_000))).rejects.toThrow("Http307");
  });

  test("reuses the connection of the previous call, and the one opened in advance", async () => {
    const own = await startFaultyEndpoint(queues.endpoint);
    const connected = client(SQS, own.url);
    await connected.connect(within(10_000));
    expect(own.connections).toHaveLength(1);
    for (let count = 0; count < 3; count += 1) await connected.call("SendMessage", MESSAGE, within(10_000));
    expect(own.calls.map(({ port }) => port)).toEqual(Array(3).fill(own.connections[0]));
    await own.close();
  });
});

describe("A call is retried", () => {
  test.each<[string, Fault]>([
    ["after a timeout", "hang"],
    ["after a response that stopped halfway", "hang-after-headers"],
    ["after a reset", "reset"],
    ["after a reset although it was carried out", "reset-after"],
    ["after a 500", awsFault(500, "InternalFailure")],
    ["after a 503 that is not JSON", { status: 503, body: "<html>" }],
    ["after a 429", { status: 429, body: "{}" }],
    ["after throttling", awsFault(400, "ThrottlingException")],
    ["after SQS's throttling", awsFault(400, "RequestThrottled")],
    ["after KMS's throttling", awsFault(400, "KmsThrottled")],
    ["after a response that is not JSON", { status: 200, body: '{"MessageId":' }],
    ["after a response that is not an object", { status: 200, body: "null" }],
  ])("%s", async (_when, fault) => {
    failFirst(fault);
    const output = await client(SQS).call<{ MessageId: string }>("SendMessage", MESSAGE, within(10_000));
    expect(output.MessageId).toBeDefined();
    expect(endpoint.calls.length).toBe(2);
  });

  test("after an output that the caller's check rejects as a temporary failure", async () => {
    const failures = [invalidResponse("SendMessage", "not yet")];
    await client(SQS).call("SendMessage", MESSAGE, within(10_000), () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    expect(endpoint.calls.length).toBe(2);
  });
});

describe("A call fails", () => {
  test.each<[string, Fault, string]>([
    ["if access is denied", awsFault(403, "AccessDeniedException"), "AccessDeniedException: SendMessage 403 made"],
    ["if the queue does not exist", awsFault(400, "QueueDoesNotExist"), "QueueDoesNotExist: SendMessage 400"],
    ["if the response is an error without a name", { status: 404, body: "<html>" }, "Http404: SendMessage 404"],
  ])("immediately %s", async (_when, fault, message) => {
    endpoint.fail = () => fault;
    await expect(client(SQS).call("SendMessage", MESSAGE, within(10_000))).rejects.toThrow(message);
    expect(endpoint.calls.length).toBe(1);
  });

  test("at its deadline with the last failure if no retry succeeds", async () => {
    endpoint.fail = () => "hang";
    const call = client(SQS).call("SendMessage", MESSAGE, within(500));
    await expect(call).rejects.toThrow(/^NetworkError: sqs: no answer/);
  });

  test("if its deadline has passed, without a warning from Node.js", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    await expect(client(SQS).call("SendMessage", MESSAGE, within(-100))).rejects.toThrow("NetworkError");
    await new Promise(setImmediate);
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  test("if no server listens", async () => {
    const call = client(SQS, "http://127.0.0.1:1").call("SendMessage", MESSAGE, within(200));
    await expect(call).rejects.toThrow(/NetworkError: sqs: .*ECONNREFUSED/);
  });

  test("if none of a host's addresses has a server that listens", async () => {
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const lookup = vi
      .spyOn(dns, "lookup")
      .mockImplementation(((_host: string, _options: object, callback: (...found: unknown[]) => void) =>
        callback(null, addresses)) as typeof dns.lookup);
    const call = client(SQS, "http://sqs.example:1").call("SendMessage", MESSAGE, within(200));
    await expect(call).rejects.toThrow("NetworkError: sqs: connect ECONNREFUSED 127.0.0.1:1");
    lookup.mockRestore();
  });

  test.each([
    [
      '{"__type":"com.amazonaws.sqs#AccessDenied","message":"no sqs:SendMessage"}',
      "AccessDenied: SendMessage 400 no sqs:SendMessage",
    ],
    [
      '{"__type":"AccessDeniedException","Message":"no sqs:SendMessage"}',
      "AccessDeniedException: SendMessage 400 no sqs:SendMessage",
    ],
    ['{"__type":"AccessDeniedException"}', "AccessDeniedException: SendMessage 400"],
  ])("with AWS's explanation, under either spelling of its key: %s", async (body, message) => {
    endpoint.fail = () => ({ status: 400, body });
    const call = client(SQS).call("SendMessage", MESSAGE, within(10_000));
    await expect(call).rejects.toThrow(expect.objectContaining({ message: expect.stringMatching(`^${message} ?$`) }));
  });

  test.each([
    ["UnrecognizedClientException", "The token 'session' is invalid: session", "The token '…' is invalid: …"],
    ["ExpiredTokenException", "x-amz-security-token:session\nx-amz-target:a", "x-amz-security-token:…\nx-amz-target:a"],
  ])("without the session token that %s quotes", async (code, explanation, logged) => {
    endpoint.fail = () => awsFault(400, code, explanation);
    const call = client(SQS).call("SendMessage", MESSAGE, within(10_000));
    await expect(call).rejects.toThrow(expect.objectContaining({ message: `${code}: SendMessage 400 ${logged}` }));
  });

  test("without AWS's explanation of a wrong signature, which quotes the session token", async () => {
    endpoint.fail = () => awsFault(403, "SignatureDoesNotMatch", "x-amz-security-token:session");
    const call = client(SQS).call("SendMessage", MESSAGE, within(10_000));
    await expect(call).rejects.toThrow(/^SignatureDoesNotMatch: SendMessage 403$/);
  });
});
