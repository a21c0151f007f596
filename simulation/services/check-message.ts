import { REFUSED_CHARACTER } from "../../local/message-body.ts";
import { ServiceError } from "./service-error.ts";

/** The input of SendMessage, without the queue's URL. */
export interface SendMessageInput {
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
  readonly DelaySeconds?: number;
}

/** The value of a message attribute. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
}

/** The most bytes of a message, with its attributes. */
const MAX_BYTES = 1024 * 1024;

/** The longest delay of a message, in seconds. */
const MAX_DELAY = 900;

const ID = /^[\x21-\x7E]{1,128}$/;

/**
 * Checks a message as SendMessage does
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
 *
 * @throws {ServiceError} when SQS would refuse the message
 */
export function checkMessage(input: SendMessageInput, isFifo: boolean): void {
  const { MessageBody, MessageGroupId, MessageDeduplicationId, DelaySeconds = 0 } = input;
  if (!MessageBody) throw missing("MessageBody");
  if (REFUSED_CHARACTER.test(MessageBody)) throw refuse("InvalidMessageContents", "Invalid characters found.");
  if (bytesOf(input) > MAX_BYTES) throw invalid(`Message must be shorter than ${MAX_BYTES} bytes.`);
  if (MessageGroupId !== undefined && !ID.test(MessageGroupId)) throw invalid("MessageGroupId is malformed.");
  if (!(DelaySeconds >= 0 && DelaySeconds <= MAX_DELAY)) throw invalid(`DelaySeconds must be from 0 to ${MAX_DELAY}.`);
  if (isFifo) {
    if (MessageGroupId === undefined) throw missing("MessageGroupId");
    // The stack's queues do not deduplicate by content.
    if (MessageDeduplicationId === undefined) throw invalid("MessageDeduplicationId is required.");
    if (!ID.test(MessageDeduplicationId)) throw invalid("MessageDeduplicationId is malformed.");
    if (DelaySeconds > 0) throw invalid("DelaySeconds is not valid for this queue type.");
  } else if (MessageDeduplicationId !== undefined) {
    throw invalid("MessageDeduplicationId is not valid for this queue type.");
  }
}

/** @returns the bytes of the body, and of the names, types and values of the attributes */
function bytesOf({ MessageBody, MessageAttributes = {} }: SendMessageInput): number {
  const parts = Object.entries(MessageAttributes).flatMap(([name, { DataType, StringValue = "" }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return [MessageBody, ...parts].reduce((bytes, part) => bytes + Buffer.byteLength(part), 0);
}

function missing(parameter: string): ServiceError {
  return refuse("MissingParameter", `The request must contain the parameter ${parameter}.`);
}

function invalid(reason: string): ServiceError {
  return refuse("InvalidParameterValue", `One or more parameters are invalid. Reason: ${reason}`);
}

/** Creates an error of SQS's. Those for a wrong input have the status code 400. */
export function refuse(code: string, message: string): ServiceError {
  return new ServiceError(400, code, message);
}
