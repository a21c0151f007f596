import { fileURLToPath } from "node:url";
import { Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { TencentChatEvents } from "tencent-chat-events";

/** Read events on a FIFO queue, and a function that keeps what is read in a table. */
export class WatermarkStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly sdkAppId: string }) {
    super(scope, id, props);
    const { queue } = new TencentChatEvents(this, "ChatEvents", { sdkAppId: props.sdkAppId });
    if (queue === undefined) throw new Error("A FIFO queue is the default");
    const table = new TableV2(this, "Watermarks", {
      partitionKey: { name: "reader", type: AttributeType.STRING },
      sortKey: { name: "peer", type: AttributeType.STRING },
    });
    const consumer = new NodejsFunction(this, "Consumer", {
      entry: fileURLToPath(new URL("handler.ts", import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      bundling: { format: OutputFormat.CJS, minify: true },
      environment: { TABLE_NAME: table.tableName },
    });
    table.grantWriteData(consumer);
    consumer.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
  }
}
