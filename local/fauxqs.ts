import { buildApp } from "fauxqs";
import { REFUSED_CHARACTER } from "./message-body.ts";

/** fauxqs's server. */
export type SqsApp = ReturnType<typeof buildApp>;

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;

/** The queues of a server, with their messages. */
export type SqsStore = Stores["sqsStore"];

/** A queue in the store. */
export type SqsQueue = NonNullable<ReturnType<SqsStore["getQueueByName"]>>;

/** A message in a queue. */
export type SqsMessage = Parameters<SqsQueue["enqueue"]>[0];

/** Creates a server of fauxqs's that does what SQS does, and gives access to its queues. It does not listen yet. */
export async function createFauxqs(): Promise<{ readonly app: SqsApp; readonly store: SqsStore }> {
  await correctFauxqs();
  const { SqsStore } = await importFromFauxqs<{ SqsStore: new () => SqsStore }>("./sqs/sqsStore.js");
  const store = new SqsStore();
  // Not startFauxqs, which listens on all interfaces.
  const app = buildApp({ logger: false, stores: { sqsStore: store } as Stores });
  app.addHook("preHandler", async ({ headers, body }) => {
    if (operationOf(headers) === "SendMessage") rememberGroup(body as SendMessageInput);
  });
  return { app, store };
}

/** The operation of SQS that a request asks for, such as `SendMessage`. */
export function operationOf(headers: Readonly<Record<string, unknown>>): string {
  return String(headers["x-amz-target"]).replace("AmazonSQS.", "");
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
