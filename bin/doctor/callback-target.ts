import { randomUUID } from "node:crypto";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { signedQuery } from "../../tencent/signed-query.ts";

/** Who is asked, and as whom. */
export interface CallbackTarget {
  /** The callback URL, without a query. */
  readonly url: URL;
  readonly sdkAppId: string;
  /** What callbacks are signed with; `undefined` where they are accepted unsigned. */
  readonly token: string | undefined;
}

/** How a request differs from a Verify of this moment with the right signature. */
export interface Deviation {
  /** `undefined` sends no signature at all. */
  readonly token?: string | undefined;
  /** How long ago it was signed, in seconds. */
  readonly age?: number;
  /** What it says; nothing makes it a Verify, which never becomes an event. */
  readonly body?: object;
}

/** What came back; what the other side wrote is never printed, as it may repeat the signed query. */
export interface Answer {
  /** The HTTP status; `undefined` when nothing came. */
  readonly status: number | undefined;
  /** The status, or why there is none, in words. */
  readonly summary: string;
  /** Why it was refused, in this project's own words. */
  readonly errorInfo: string;
  /** Whether it is the reply that means: received. */
  readonly isOk: boolean;
  readonly milliseconds: number;
}

/** Far more than Tencent's two seconds, to tell the slow from the dead. */
const PATIENCE_MS = 10_000;

/** Posts to the callback URL as Tencent does. */
export async function post(target: CallbackTarget, deviation: Deviation = {}): Promise<Answer> {
  const { url, sdkAppId } = target;
  const { token, age = 0, body }: Deviation = { token: target.token, ...deviation };
  const query = new URLSearchParams(
    signedQuery({
      sdkAppId,
      token: token ?? "",
      command: READ_REPORT_COMMAND,
      requestTime: Math.floor(Date.now() / 1000) - age,
      requestId: randomUUID(),
    }),
  );
  if (token === undefined) {
    query.delete("Sign");
    query.delete("RequestTime");
  }
  const signedUrl = new URL(url);
  signedUrl.search = query.toString();

  const startedAt = performance.now();
  try {
    const response = await fetch(signedUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body === undefined ? "" : JSON.stringify(body),
      // Followed, it would take the signed query along.
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { status } = response;
    const reply = parse(await response.text());
    const milliseconds = Math.round(performance.now() - startedAt);
    const { ActionStatus, ErrorCode, ErrorInfo } = reply ?? {};
    const isOk = status === 200 && ActionStatus === "OK" && ErrorCode === 0 && ErrorInfo === "";
    const summary = `answered with ${status}${status === 200 && !isOk ? ", but not OK" : ""}`;
    return { status, summary, errorInfo: String(ErrorInfo ?? ""), isOk, milliseconds };
  } catch (error) {
    const { cause, name } = error as Error & { cause?: NodeJS.ErrnoException };
    const milliseconds = Math.round(performance.now() - startedAt);
    // Without the error's message, which may hold the signed URL.
    const problem = name === "TimeoutError" ? `within ${PATIENCE_MS / 1000} s` : `(${cause?.code ?? name})`;
    return { status: undefined, summary: `not answered ${problem}`, errorInfo: "", isOk: false, milliseconds };
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
