import { refuse } from "./check-message.ts";
import type { Message } from "./message.ts";

/** Formats the receipt handle of a message's latest receipt. */
export function formatReceiptHandle(queueName: string, { MessageId, receiveCount }: Message): string {
  return [queueName, MessageId, receiveCount].join("/");
}

/**
 * Parses a receipt handle of a queue.
 *
 * @returns the message's id, and how often the message had been received
 * @throws {ServiceError} when the handle is malformed, or another queue's
 */
export function parseReceiptHandle(queueName: string, handle: string): { MessageId: string; receiveCount: number } {
  const [name, MessageId, receiveCount] = handle.split("/");
  if (name === queueName && MessageId && receiveCount) return { MessageId, receiveCount: Number(receiveCount) };
  throw refuse("ReceiptHandleIsInvalid", `The receipt handle ${handle} is not one of ${queueName}.`);
}
