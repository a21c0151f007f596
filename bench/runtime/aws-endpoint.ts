import { createHash } from "node:crypto";
import { json } from "node:stream/consumers";
import { close } from "../../local/server.ts";
import { createIdentity, type Identity, startHttpsServer } from "./https-server.ts";

/** A stand-in for AWS's services over HTTPS. It does little work, so that it does not slow down the functions. */
export interface AwsEndpoint {
  readonly url: string;
  /** The identity of this server, which other servers can share. */
  readonly identity: Identity;
  close(): Promise<void>;
}

/**
 * Starts the stand-in: SQS's SendMessage and Secrets Manager's GetSecretValue.
 *
 * @param token the value of every secret
 */
export async function startAwsEndpoint(token: string): Promise<AwsEndpoint> {
  const identity = await createIdentity();
  const { server, url } = await startHttpsServer(identity, async (request, response) => {
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
  return { url, identity, close: () => close(server) };
}
