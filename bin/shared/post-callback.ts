import { MAX_REPLY_BYTES } from "../../functions/callback/relay.ts";

/** An endpoint's reply, of which only the first 64 KiB are read. Its text may repeat the signed query, which is a secret: see {@link printable}. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Whether the reply has more than these 64 KiB. */
  readonly isTooLarge: boolean;
  /** Where a redirect leads; may contain the signed query as well. */
  readonly location: string | undefined;
  /** The time from the request to the end of the reply. */
  readonly milliseconds: number;
}

/** Thrown when an endpoint does not reply; the message says why, and never contains the URL. */
export class NoReplyError extends Error {
  override readonly name = "NoReplyError";
}

/**
 * Posts a callback as Tencent does. Redirects are not followed: they would receive the signed query.
 *
 * @param url the callback URL
 * @param query the signed query
 * @param body the request's body
 * @param timeoutMs how long to wait for the whole reply
 * @throws {NoReplyError} when the connection fails or the time is over
 */
export async function postCallback(
  url: URL,
  query: string,
  body: string | Buffer<ArrayBuffer>,
  timeoutMs: number,
): Promise<Reply> {
  const signedUrl = new URL(url);
  signedUrl.search = query;
  const startedAt = performance.now();
  try {
    const response = await fetch(signedUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const beginning = await readBeginning(response);
    const location = response.headers.get("location") ?? undefined;
    return { status: response.status, ...beginning, location, milliseconds: performance.now() - startedAt };
  } catch (error) {
    const { cause, name } = error as Error & { cause?: NodeJS.ErrnoException };
    // The error's own message may contain the signed URL.
    throw new NoReplyError(name === "TimeoutError" ? `within ${timeoutMs / 1000} s` : `(${cause?.code ?? name})`);
  }
}

async function readBeginning({ body }: Response): Promise<Pick<Reply, "text" | "isTooLarge">> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_REPLY_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString("utf8", 0, MAX_REPLY_BYTES);
  // A reply that repeats the signature may end within it, and nobody would recognise the rest.
  const isTooLarge = length > MAX_REPLY_BYTES;
  return { text: isTooLarge ? text.replace(/[0-9a-f]+$/i, "") : text, isTooLarge };
}
