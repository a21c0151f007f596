import { createHash } from "node:crypto";
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { generate } from "selfsigned";
import { close, LOOPBACK, listen } from "../../local/server.ts";

/** A stand-in for AWS's services over HTTPS that costs little, so that it does not slow down what is measured. */
export interface AwsEndpoint {
  readonly url: string;
  /** Its certificate, in PEM. */
  readonly certificate: string;
  close(): Promise<void>;
}

/**
 * Starts the stand-in: SQS's SendMessage and Secrets Manager's GetSecretValue.
 *
 * @param token the string of every secret
 */
export async function startAwsEndpoint(token: string): Promise<AwsEndpoint> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: LOOPBACK },
        ],
      },
    ],
  });
  const server = createServer({ key, cert, keepAliveTimeout: 600_000 }, async (request, response) => {
    const target = request.headers["x-amz-target"];
    const answer = (status: number, body: object) => {
      const text = JSON.stringify(body);
      const headers = { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(text) };
      response.writeHead(status, headers).end(text);
    };
    if (target === "AmazonSQS.SendMessage") {
      const { MessageBody } = (await json(request)) as { MessageBody: string };
      const MD5OfMessageBody = createHash("md5").update(MessageBody).digest("hex");
      answer(200, {
        MessageId: "00000000-0000-4000-8000-000000000000",
        MD5OfMessageBody,
        SequenceNumber: "1".repeat(20),
      });
    } else if (target === "secretsmanager.GetSecretValue") {
      const { VersionStage } = (await json(request)) as { VersionStage: string };
      if (VersionStage === "AWSCURRENT")
        answer(200, { SecretString: token, CreatedDate: Date.now() / 1000 - 30 * 86_400 });
      else answer(400, { __type: "ResourceNotFoundException" });
    } else {
      request.resume();
      answer(404, { __type: "UnknownOperationException" });
    }
  });
  const { port } = new URL(await listen(server));
  return { url: `https://localhost:${port}`, certificate: cert, close: () => close(server) };
}
