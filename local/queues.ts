import { buildApp } from "fauxqs";
import { REFUSED_CHARACTER } from "./message-body.ts";
import { LOOPBACK } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, type Reference } from "./template.ts";

/** SQS on this machine: fauxqs, reachable by any SQS client with any credentials. */
export interface LocalQueues {
  readonly endpoint: string;
  /**
   * Creates a queue.
   *
   * @param name a FIFO queue's name ends in `.fifo`
   * @param properties those of a CloudFormation `AWS::SQS::Queue`, resolved
   */
  create(name: string, properties: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends a message to a standard queue. */
  send(name: string, body: string): Promise<void>;
  /**
   * Receives messages. If none is visible, waits for one.
   *
   * @param most how many at most, up to 10
   */
  receive(name: string, most: number, waiting?: Waiting): Promise<readonly ReceivedMessage[]>;
  /** Makes a received message visible again. */
  show(name: string, receiptHandle: string): Promise<void>;
  /** Deletes a received message. */
  delete(name: string, receiptHandle: string): Promise<void>;
  close(): Promise<void>;
}

/** How long to wait for a message. */
export interface Waiting {
  /** @default 20, the most that SQS allows */
  readonly waitSeconds?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** A message as SQS hands it out. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** A message that was sent to a queue. */
export interface SentMessage {
  readonly queueName: string;
  readonly body: string;
  /** Whether a FIFO queue dropped it, because it saw the same deduplication id within the last five minutes. */
  readonly dropped: boolean;
}

/** How many message ids to remember, to recognise repeats; fauxqs remembers as many. */
const REMEMBERED_MESSAGES = 10_000;

/**
 * Starts SQS.
 *
 * @param onMessage called for every message that a queue took or dropped, without consuming it
 */
export async function startQueues(onMessage: (message: SentMessage) => void): Promise<LocalQueues> {
  await correctFauxqs();
  // Not startFauxqs, which listens on all interfaces.
  const app = buildApp({ logger: false });
  app.addHook("preHandler", async ({ headers, body }) => {
    if (headers["x-amz-target"] === "AmazonSQS.SendMessage") rememberGroup(body as SendMessageInput);
  });
  const seen = new Set<string>();
  app.addHook("onSend", async (request, reply, payload) => {
    if (request.headers["x-amz-target"] !== "AmazonSQS.SendMessage" || reply.statusCode !== 200) return;
    const { QueueUrl, MessageBody } = request.body as { QueueUrl: string; MessageBody: string };
    const { MessageId } = JSON.parse(payload as string) as { MessageId: string };
    const dropped = seen.has(MessageId);
    seen.add(MessageId);
    if (seen.size > REMEMBERED_MESSAGES) seen.delete(seen.values().next().value as string);
    onMessage({ queueName: nameOfQueue(QueueUrl), body: MessageBody, dropped });
  });
  const endpoint = await app.listen({ host: LOOPBACK, port: 0 });
  async function call<Output>(operation: string, input: object, signal?: AbortSignal): Promise<Output> {
    const response = await fetch(endpoint, {
      method: "POST",
      ...(signal && { signal }),
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
      body: JSON.stringify(input),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`SQS refused ${operation} with ${JSON.stringify(input)}: ${answer}`);
    return JSON.parse(answer || "{}") as Output;
  }
  const urlOf = (name: string) => queueReference(endpoint, name).ref;

  return {
    endpoint,
    create: (name, properties) => call("CreateQueue", { QueueName: name, Attributes: toAttributes(properties) }),
    send: (name, body) => call("SendMessage", { QueueUrl: urlOf(name), MessageBody: body }),
    async receive(name, most, { waitSeconds = 20, signal } = {}) {
      const input = {
        QueueUrl: urlOf(name),
        MaxNumberOfMessages: most,
        MessageSystemAttributeNames: ["All"],
        WaitTimeSeconds: waitSeconds,
      };
      const { Messages = [] } = await call<{ Messages?: ReceivedMessage[] }>("ReceiveMessage", input, signal);
      return Messages;
    },
    show: (name, ReceiptHandle) =>
      call("ChangeMessageVisibility", { QueueUrl: urlOf(name), ReceiptHandle, VisibilityTimeout: 0 }),
    delete: (name, ReceiptHandle) => call("DeleteMessage", { QueueUrl: urlOf(name), ReceiptHandle }),
    async close() {
      await app.close();
    },
  };
}

/**
 * A queue's URL, ARN and name.
 *
 * fauxqs returns URLs whose hosts may not resolve, but takes any host.
 */
export function queueReference(endpoint: string, name: string): Reference {
  return {
    ref: `${endpoint}/${LOCAL_ACCOUNT}/${name}`,
    attributes: { Arn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`, QueueName: name },
  };
}

/** The name of the queue at a URL. */
export function nameOfQueue(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

/** SQS's attributes: CloudFormation's properties but the queue's name, as strings. */
function toAttributes({ QueueName: _name, ...properties }: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** The groups of messages that are being sent to standard queues, by the message's attributes. */
const groups = new WeakMap<object, string>();

interface SendMessageInput {
  readonly MessageGroupId?: string;
  MessageAttributes?: object;
}

function rememberGroup(input: SendMessageInput): void {
  input.MessageAttributes ??= {};
  if (input.MessageGroupId !== undefined) groups.set(input.MessageAttributes, input.MessageGroupId);
}

let correction: Promise<void> | undefined;

/**
 * Corrects two differences between fauxqs and SQS, for which it has no setting. Version 2.9.1 has neither.
 *
 * - It refuses characters beyond U+FFFF, such as emoji (https://github.com/kibertoad/fauxqs/pull/278).
 * - It drops a standard queue's message groups (https://github.com/kibertoad/fauxqs/pull/277).
 */
function correctFauxqs(): Promise<void> {
  correction ??= Promise.all([allowAllUnicode(), keepGroups()]).then(() => {});
  return correction;
}

async function allowAllUnicode(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR } = await importFromFauxqs<{ INVALID_MESSAGE_BODY_CHAR: Pick<RegExp, "test"> }>(
    "./sqs/sqsTypes.js",
  );
  INVALID_MESSAGE_BODY_CHAR.test = (body) => REFUSED_CHARACTER.test(body);
}

async function keepGroups(): Promise<void> {
  type CreateMessage = (body: string, attributes: object, delay?: number, group?: string, id?: string) => object;
  const { SqsStore } = await importFromFauxqs<{ SqsStore: { createMessage: CreateMessage } }>("./sqs/sqsStore.js");
  const { createMessage } = SqsStore;
  SqsStore.createMessage = (body, attributes, delay, group = groups.get(attributes), id) =>
    createMessage(body, attributes, delay, group, id);
}

async function importFromFauxqs<Module>(path: string): Promise<Module> {
  return (await import(new URL(path, import.meta.resolve("fauxqs")).href)) as Module;
}
