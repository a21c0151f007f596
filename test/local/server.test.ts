import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { startSecrets } from "../../local/secrets.ts";

/** The status with which a service answers GetSecretValue to a caller that reached it under some name. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const headers = { host, "x-amz-target": "secretsmanager.GetSecretValue" };
  const call = request(url, { method: "POST", headers }).end('{"SecretId":"token"}');
  const [response] = (await once(call, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test.each([
  ["127.0.0.1:1", 200],
  ["localhost", 200],
  ["evil.example", "refused"],
  ["127.0.0.1.evil.example:1", "refused"],
  ["localhost.", "refused"],
])(
  "A service that is called under the name %s answers %s, so that no web page can read the token",
  async (host, answer) => {
    const secrets = await startSecrets();
    const endpoint = await startFaultyEndpoint(secrets.endpoint);
    onTestFinished(async () => {
      await endpoint.close();
      await secrets.close();
    });
    secrets.create("token", "value");
    const statuses = [await statusFor(secrets.endpoint, host), await statusFor(endpoint.url, host)];
    expect(statuses).toEqual(answer === "refused" ? [400, 403] : [200, 200]);
  },
);
