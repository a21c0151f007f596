import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { createScope, getSigningKey, SignatureV4Base } from "@smithy/signature-v4";
import type { HttpRequest, SourceData } from "@smithy/types";

/** AWS credentials, as Lambda puts them into the environment. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Signs requests with Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
 *
 * The library's `SignatureV4` also signs URLs, event streams and messages, for which it carries 7 KB; the bundle may
 * have 32. So this puts together the same steps from its base class, for requests like ours.
 */
export class RequestSigner extends SignatureV4Base {
  readonly #region: string;
  readonly #credentials: Credentials;

  /**
   * @param service the name to sign for, such as `sqs`
   * @param region the region to sign for
   * @param credentials whose signature it is
   */
  constructor(service: string, region: string, credentials: Credentials) {
    super({ service, region, credentials, sha256: Sha256 });
    this.#region = region;
    this.#credentials = credentials;
  }

  /**
   * Signs a request and all its headers.
   *
   * @param request has a body that is a buffer, and headers with lower-case names and without needless white space
   * @returns the request with the headers that carry the signature
   */
  async sign(request: HttpRequest & { readonly body: Buffer }): Promise<HttpRequest> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const { longDate, shortDate } = this.formatDate(new Date());
    const scope = createScope(shortDate, this.#region, this.service);
    const payloadHash = createHash("sha256").update(request.body).digest("hex");
    const headers = {
      ...request.headers,
      "x-amz-content-sha256": payloadHash,
      "x-amz-date": longDate,
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    const canonicalRequest = this.createCanonicalRequest(request, headers, payloadHash);
    const stringToSign = await this.createStringToSign(longDate, scope, canonicalRequest, ALGORITHM);
    const key = await getSigningKey(this.sha256, this.#credentials, shortDate, this.#region, this.service);
    const signature = createHmac("sha256", key).update(stringToSign).digest("hex");
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${this.getCanonicalHeaderList(headers)}, Signature=${signature}`;
    return { ...request, headers: { ...headers, authorization } };
  }
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
