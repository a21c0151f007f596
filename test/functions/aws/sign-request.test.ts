import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSigner } from "../../../functions/aws/sign-request.ts";

class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
  }
  update(data: Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

test("The signing key is derived for each signer and each day", async () => {
  const sha256 = Sha256 as never;
  const signers = ["sqs", "secretsmanager"].map((service) => {
    const credentials = { accessKeyId: "id", secretAccessKey: `secret of ${service}` };
    const theirs = new SignatureV4({ credentials, region: "eu-west-1", service, sha256 });
    return { ours: createSigner(credentials, "eu-west-1", service), theirs };
  });
  const times = [
    "2026-01-01T23:59:59.999Z",
    "2026-01-02T00:00:00.000Z",
    "2026-02-02T00:00:00.000Z",
    "2026-01-01T00:00:00.000Z",
  ];
  for (const signingDate of times.map((time) => new Date(time))) {
    for (const { ours, theirs } of signers) {
      const request = { method: "POST", path: "/", headers: { host: "localhost" }, body: "{}" };
      const url = { protocol: "https:", hostname: "localhost", query: {} };
      const expected = await theirs.sign({ ...request, ...url }, { signingDate });
      expect(ours(request, signingDate)).toEqual(expected.headers);
    }
  }
});

test("A request is signed exactly as AWS's library signs it", async () => {
  const word = fc.stringMatching(/^[\w/+.-]{1,30}$/);
  const credentials = fc.record(
    { accessKeyId: word, secretAccessKey: word, sessionToken: word },
    { requiredKeys: ["accessKeyId", "secretAccessKey"] },
  );
  const date = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
  await fc.assert(
    fc.asyncProperty(
      credentials,
      word,
      fc.array(fc.record({ text: fc.string({ unit: "binary" }), target: word, date }), { minLength: 1, maxLength: 4 }),
      async (someCredentials, service, requests) => {
        const ours = createSigner(someCredentials, "eu-west-1", service);
        const sha256 = Sha256 as never;
        const theirs = new SignatureV4({ credentials: someCredentials, region: "eu-west-1", service, sha256 });
        for (const { text, target, date: signingDate } of requests) {
          const headers = { host: "sqs.eu-west-1.amazonaws.com", "content-type": "text/plain", "x-amz-target": target };
          const request = { method: "POST", path: "/", headers, body: text };
          const url = { protocol: "https:", hostname: headers.host, query: {} };
          const expected = await theirs.sign({ ...request, ...url }, { signingDate });
          expect(ours(request, signingDate)).toEqual(expected.headers);
        }
      },
    ),
  );
});
