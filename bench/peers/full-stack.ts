import { createHash, timingSafeEqual } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { z } from "zod";

const serviceName = "chat-callback";
const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: "Chat", serviceName });
const tracer = new Tracer({ serviceName });
const sqs = tracer.captureAWSv3Client(new SQSClient({}));
const { QUEUE_URL, CALLBACK_TOKEN = "" } = process.env;

const Query = z.object({ Sign: z.string(), RequestTime: z.string(), RequestId: z.string().optional() });
const Report = z.object({
  Report_Account: z.string().min(1),
  Peer_Account: z.string().min(1),
  LastReadTime: z.number().int(),
  UnreadMsgNum: z.number().int().optional(),
  EventTime: z.number().int().optional(),
});

/** The same with Powertools, middy and zod, which teams on AWS often use, set up as their documentation shows. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(captureLambdaHandler(tracer, { captureResponse: false }))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .handler(async (event) => {
    const query = Query.safeParse(event.queryStringParameters);
    if (!query.success) return { statusCode: 401 };
    const { Sign, RequestTime, RequestId } = query.data;
    const expected = createHash("sha256")
      .update(CALLBACK_TOKEN + RequestTime)
      .digest("hex");
    if (Sign.length !== expected.length || !timingSafeEqual(Buffer.from(Sign), Buffer.from(expected))) {
      logger.warn("the signature does not match", { requestId: RequestId });
      return { statusCode: 401 };
    }
    const report = Report.safeParse(JSON.parse(event.body ?? ""));
    if (!report.success) return { statusCode: 400 };

    const { Report_Account, Peer_Account } = report.data;
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: QUEUE_URL,
        MessageBody: JSON.stringify({ requestId: RequestId, receivedAt: Date.now(), ...report.data }),
        MessageGroupId: createHash("sha256").update(`${Report_Account} ${Peer_Account}`).digest("hex"),
        MessageDeduplicationId: createHash("sha256")
          .update(event.body ?? "")
          .digest("hex"),
      }),
    );
    metrics.addMetric("accepted", MetricUnit.Count, 1);
    logger.info("stored", { requestId: RequestId });
    return {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" }),
    };
  });
