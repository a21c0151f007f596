import { SQSClient } from "@aws-sdk/client-sqs";
import { LOOPBACK } from "../../local/server.ts";
import { LOCAL_REGION } from "../../local/template.ts";
import { clientSettings } from "./client-settings.ts";

/** The local system takes any credentials; the user's own have no business there. */
const LOCAL_SETTINGS = { region: LOCAL_REGION, credentials: { accessKeyId: "any", secretAccessKey: "any" } };

/** Whether a queue is one of the local system's. */
export function isLocalQueue(queueUrl: string): boolean {
  return new URL(queueUrl).hostname === LOOPBACK;
}

/**
 * Creates a client that reaches a queue, with the user's credentials unless the queue is local.
 *
 * @param queueUrl the URL of the queue, whose region is that of the AWS configuration if the URL names none
 */
export function queueClient(queueUrl: string): SQSClient {
  const region = /^https:\/\/sqs\.([\w-]+)\./.exec(queueUrl)?.[1];
  const settings = { endpoint: new URL(queueUrl).origin, ...clientSettings(region) };
  return new SQSClient(isLocalQueue(queueUrl) ? { ...settings, ...LOCAL_SETTINGS } : settings);
}
