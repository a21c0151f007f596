import { createHash, timingSafeEqual } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

const sqs = new SQSClient({});
const { QUEUE_URL, CALLBACK_TOKEN = "" } = process.env;

/** A handler that a careful engineer writes in an afternoon, with only the AWS SDK. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { Sign = "", RequestTime = "", RequestId } = event.queryStringParameters ?? {};
  const expected = createHash("sha256")
    .update(CALLBACK_TOKEN + RequestTime)
    .digest("hex");
  if (Sign.length !== expected.length || !timingSafeEqual(Buffer.from(Sign), Buffer.from(expected))) {
    return { statusCode: 401 };
  }
  const report = JSON.parse(event.body ?? "");
  if (typeof report.Report_Account !== "string" || typeof report.Peer_Account !== "string") return { statusCode: 400 };

  await sqs.send(
    new SendMessageCommand({
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify({ requestId: RequestId, receivedAt: Date.now(), ...report }),
      MessageGroupId: createHash("sha256").update(`${report.Report_Account} ${report.Peer_Account}`).digest("hex"),
      MessageDeduplicationId: createHash("sha256")
        .update(event.body ?? "")
        .digest("hex"),
    }),
  );
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" }),
  };
};
