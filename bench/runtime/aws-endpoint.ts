import { createHash } from "node:crypto";
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { generate } from "selfsigned";
import { close, LOOPBACK, listen } from "../../local/server.ts";

/** A stand-in for AWS's services over HTTPS. It does little work, so that it does not slow down the functions. */
export interface AwsEndpoint {
  readonly url: string;
  /** The server's certificate in PEM. */
  readonly certificate: string;
  close(): Promise<void>;
}

/**
 * Starts the stand-in: SQS's SendMessage and Secrets Manager's GetSecretValue.
 *
 * @param token the value of every secret
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
    const respond = (status: number, body: object) => {
      const text = JSON.stringify(body);
      const headers = { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(text) };
      response.writeHead(status, headers).end(text);
    };
    if (target === "AmazonSQS.SendMessage") {
      const { MessageBody } = (await json(request)) as { MessageBody: string };
      const MD5OfMessageBody = createHash("md5").update(MessageBody).digest("hex");
      respond(200, {
        MessageId: "00000000-0000-4000-8000-000000000000",
        MD5OfMessageBody,
        SequenceNumber: "1".repeat(20),
      });
    } else if (target === "secretsmanager.GetSecretValue") {
      const { VersionStage } = (await json(request)) as { VersionStage: string };
      if (VersionStage === "AWSCURRENT")
        respond(200, { SecretString: token, CreatedDate: Date.now() / 1000 - 30 * 86_400 });
      else respond(400, { __type: "ResourceNotFoundException" });
    } else {
      request.resume();
      respond(404, { __type: "UnknownOperationException" });
    }
  });
  const { port } = new URL(await listen(server));
  return { url: `https://localhost:${port}`, certificate: cert, close: () => close(server) };
}
