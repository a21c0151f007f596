import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { createScope, getSigningKey } from "@smithy/signature-v4";
import type { HttpRequest, SourceData } from "@smithy/types";
import type { Credentials } from "./credentials.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Signs a POST without a query, and all its headers, with Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 *
 * The library's `SignatureV4` also signs queries, URLs, event streams and messages, for which it carries 9 KB; the
 * bundle may have 32. A test holds this against it.
 *
 * @param request has a body that is a buffer, and headers with lower-case names and without needless white space
 * @param service the name to sign for, such as `sqs`
 * @param region the region to sign for
 * @param credentials whose signature it is
 * @param date the time of the signature
 * @returns the request's headers, and those that carry the signature
 */
export async function signRequest(
  { path, headers: givenHeaders, body }: HttpRequest & { readonly body: Buffer },
  service: string,
  region: string,
  credentials: Credentials,
  date: Date,
): Promise<Record<string, string>> {
  const { accessKeyId, sessionToken } = credentials;
  const longDate = date.toISOString().replace(/[-:]|\.\d+/g, "");
  const shortDate = longDate.slice(0, "YYYYMMDD".length);
  const payloadHash = sha256(body);
  const headers: Record<string, string> = {
    ...givenHeaders,
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": longDate,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signedHeaders = names.join(";");
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const canonicalRequest = `POST\n${path}\n\n${canonicalHeaders}\n${signedHeaders}\n${payloadHash}`;
  const scope = createScope(shortDate, region, service);
  const key = await getSigningKey(Sha256, credentials, shortDate, region, service);
  const signature = createHmac("sha256", key)
    .update(`${ALGORITHM}\n${longDate}\n${scope}\n${sha256(canonicalRequest)}`)
    .digest("hex");
  headers["authorization"] =
    `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The library wants a hash that answers with a promise. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string | Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}
