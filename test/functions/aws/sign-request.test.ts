import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { signRequest } from "../../../functions/aws/sign-request.ts";

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

test("A request is signed exactly as AWS's library signs it", async () => {
  const word = fc.stringMatching(/^[\w/+.-]{1,30}$/);
  const credentials = fc.record(
    { accessKeyId: word, secretAccessKey: word, sessionToken: word },
    { requiredKeys: ["accessKeyId", "secretAccessKey"] },
  );
  await fc.assert(
    fc.asyncProperty(
      credentials,
      fc.string({ unit: "binary" }),
      word,
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
      async (someCredentials, text, target, date) => {
        const request = {
          method: "POST",
          protocol: "https:",
          hostname: "sqs.eu-west-1.amazonaws.com",
          path: "/",
          query: {},
          headers: {
            host: "sqs.eu-west-1.amazonaws.com",
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": target,
          },
          body: Buffer.from(text),
        };
        const library = new SignatureV4({
          credentials: someCredentials,
          region: "eu-west-1",
          service: "sqs",
          sha256: Sha256 as never,
        });
        const expected = await library.sign(request, { signingDate: date });
        expect(await signRequest(request, "sqs", "eu-west-1", someCredentials, date)).toEqual(expected.headers);
      },
    ),
  );
});
