import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { parseChatEvent, READ_REPORT_COMMAND } from "tencent-chat-events/events";

const dynamoDb = new DynamoDBClient({});
const { TABLE_NAME } = process.env;

/**
 * How far ahead of its receipt a read may claim to be. A day forgives a clock in any time zone, and bounds how long a wrong
 * one can hide later reads.
 */
const MAX_AHEAD_MS = 24 * 3_600_000;

/**
 * Keeps, for each reader and conversation, up to when everything is read.
 *
 * A message that fails is delivered again; the others in its batch are done. On a FIFO queue that would let younger
 * messages of a conversation overtake it, which a watermark does not mind.
 */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const results = await Promise.allSettled(Records.map(keepWatermark));
  const batchItemFailures = Records.filter((_, index) => {
    const result = results[index];
    if (result?.status !== "rejected") return false;
    // The error of an event that is none says where, but never what: UserIDs are personal data.
    console.error("a message was not processed", result.reason);
    return true;
  }).map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { batchItemFailures };
}

async function keepWatermark(record: SQSRecord): Promise<void> {
  const event = parseChatEvent(record);
  // Some other callback, which the operator forwards to whom it concerns.
  if (event["detail-type"] !== READ_REPORT_COMMAND) return;
  const { metadata, data } = event.detail;
  // An administrator's read by Tencent's REST API: nobody looked at anything.
  if (metadata.optPlatform === "RESTAPI") return;
  // LastReadTime is in seconds.
  if (data.LastReadTime * 1000 > Date.parse(metadata.receivedAt) + MAX_AHEAD_MS) {
    console.warn("a read from the future was ignored", metadata.deduplicationId);
    return;
  }
  const update = new UpdateItemCommand({
    TableName: TABLE_NAME,
    // An SDKAppID is digits only, so no two readers share a key.
    Key: { reader: { S: `${metadata.sdkAppId}#${data.Report_Account}` }, peer: { S: data.Peer_Account } },
    UpdateExpression: "SET lastReadTime = :lastReadTime",
    ConditionExpression: "attribute_not_exists(lastReadTime) OR lastReadTime < :lastReadTime",
    ExpressionAttributeValues: { ":lastReadTime": { N: String(data.LastReadTime) } },
  });
  try {
    await dynamoDb.send(update);
  } catch (error) {
    // Older than what is known, or the same again: that is what makes repeats and any order harmless.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
