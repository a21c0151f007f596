import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { close, listen } from "./server.ts";

/** A stand-in for Secrets Manager: GetSecretValue, over AWS's JSON protocol. */
export interface LocalSecrets {
  readonly endpoint: string;
  /** Makes a secret that was never rotated. */
  create(arn: string, secretString: string): void;
  close(): Promise<void>;
}

/** One version of a secret, as GetSecretValue describes it. */
interface Version {
  readonly ARN: string;
  readonly VersionStages: readonly string[];
  readonly SecretString: string;
  /** Unix seconds. */
  readonly CreatedDate: number;
}

/** Starts the stand-in. */
export async function startSecrets(): Promise<LocalSecrets> {
  const versions: Version[] = [];
  const server = createServer(async (request, response) => {
    const answer = (statusCode: number, body: object) =>
      response.writeHead(statusCode, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue") {
      request.resume();
      answer(400, { __type: "UnknownOperationException" });
      return;
    }
    const { SecretId, VersionStage = "AWSCURRENT" } = (await json(request)) as Record<string, string>;
    const version = versions.find(({ ARN, VersionStages }) => ARN === SecretId && VersionStages.includes(VersionStage));
    if (version) answer(200, version);
    else answer(400, { __type: "ResourceNotFoundException", Message: `No ${VersionStage} version of ${SecretId}` });
  });
  return {
    endpoint: await listen(server),
    create(arn, secretString) {
      const CreatedDate = Date.now() / 1000;
      versions.push({ ARN: arn, VersionStages: ["AWSCURRENT"], SecretString: secretString, CreatedDate });
    },
    close: () => close(server),
  };
}
