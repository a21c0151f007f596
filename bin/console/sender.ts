import { randomBytes, randomUUID } from "node:crypto";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { sign } from "../../tencent/signature.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import { maskFor } from "../shared/mask-secrets.ts";
import { NoReplyError, postCallback } from "../shared/post-callback.ts";
import { HttpError } from "./http-error.ts";
import type { SendInput, SendOutput, Signing } from "./protocol.ts";
import { wait } from "./wait.ts";

/** Longer than the function takes in the worst case. */
const TIMEOUT_MS = 15_000;
/** How many callbacks of a rate may wait for their replies; Tencent limits its own rate in a similar way. */
const MAX_WAITING = 50;
/** Well outside of the minute that the endpoint allows. */
const OFF_SECONDS = 3_600;

/** Where callbacks are sent, and how they are signed. */
export interface SendTarget {
  readonly callbackUrl: URL;
  readonly sdkAppId: string;
  /** Returns the token to sign with. */
  readonly token: () => string;
  /** Returns the id of the latest callback with a query. */
  readonly callbackOf: (rawQueryString: string) => string | undefined;
}

/** A callback that differs from another only in what is given. */
export interface Callback extends Pick<SendInput, "command" | "body" | "signing"> {
  /** @default token the system's current one */
  readonly token?: string;
}

/** Sends callbacks to the system as Tencent does. */
export class Sender {
  readonly #target: SendTarget;
  readonly #stopped = new AbortController();
  #waiting = 0;

  constructor(target: SendTarget) {
    this.#target = target;
  }

  /** Sends a callback, once or several times. A rate goes on after this has returned. */
  async send({ times = 1, rate, ...callback }: SendInput): Promise<SendOutput> {
    if (rate) {
      if (this.#waiting > 0) throw new HttpError(409, "Callbacks are still being sent at a rate: wait for its end.");
      this.#sendAtRate(callback, rate.perSecond, rate.perSecond * rate.seconds);
      return { sent: rate.perSecond * rate.seconds };
    }
    const query = this.#sign(callback);
    return this.repeat(query, callback.body, times);
  }

  /** Sends one callback. */
  async sendOne(callback: Callback): Promise<{ readonly statusCode: number }> {
    return this.#post(this.#sign(callback), callback.body);
  }

  /**
   * Sends the same callback one or more times, byte for byte.
   *
   * @throws {HttpError} with 502 if there is no reply
   */
  async repeat(query: string, body: string | Buffer<ArrayBuffer>, times = 1): Promise<SendOutput> {
    let last = await this.#post(query, body);
    for (let sent = 1; sent < times; sent += 1) last = await this.#post(query, body);
    if (times > 1) return { sent: times };
    const callbackId = this.#target.callbackOf(query);
    return { sent: 1, ...last, ...(callbackId !== undefined && { callbackId }) };
  }

  /** Replaces the time and the signature of a query, each of which it has once. */
  signAnew(query: string): string {
    const requestTime = String(Math.floor(Date.now() / 1000));
    const values: Readonly<Record<string, string>> = {
      requesttime: requestTime,
      sign: sign(this.#target.token(), requestTime),
    };
    const parameters = new URLSearchParams(query);
    for (const [name] of [...parameters]) {
      const value = values[name.toLowerCase()];
      if (value !== undefined) parameters.set(name, value);
    }
    return parameters.toString();
  }

  /** Stops sending at a rate. */
  close(): void {
    this.#stopped.abort();
  }

  async #sendAtRate(callback: Callback, perSecond: number, total: number): Promise<void> {
    const startedAt = performance.now();
    const now = Date.now();
    this.#waiting += 1;
    for (let index = 0; index < total && !this.#stopped.signal.aborted; index += 1) {
      const pause = startedAt + (index * 1000) / perSecond - performance.now();
      if (pause > 0) await wait(pause);
      while (this.#waiting > MAX_WAITING) await wait(10);
      this.#waiting += 1;
      this.sendOne({ ...callback, body: withOtherTime(callback, now + index) })
        .catch(() => {})
        .finally(() => {
          this.#waiting -= 1;
        });
    }
    this.#waiting -= 1;
  }

  async #post(query: string, body: string | Buffer<ArrayBuffer>) {
    try {
      const { status, text } = await postCallback(this.#target.callbackUrl, query, body, TIMEOUT_MS);
      return { statusCode: status, reply: maskFor(query)(text) };
    } catch (error) {
      if (!(error instanceof NoReplyError)) throw error;
      throw new HttpError(502, `The callback URL did not answer ${error.message}.`);
    }
  }

  #sign({ command, signing, token = this.#target.token() }: Callback): string {
    const requestTime = Math.floor(Date.now() / 1000) + offsetOf(signing);
    const sdkAppId = signing === "other app" ? `${this.#target.sdkAppId}1` : this.#target.sdkAppId;
    const signingToken = signing === "wrong" ? randomBytes(16).toString("hex") : token;
    const query = signedQuery({ sdkAppId, token: signingToken, command, requestTime, requestId: randomUUID() });
    const parameters = new URLSearchParams(query);
    if (signing === "unsigned") {
      parameters.delete("Sign");
      parameters.delete("RequestTime");
    }
    if (signing === "repeated") parameters.append("SdkAppid", sdkAppId);
    return parameters.toString();
  }
}

function offsetOf(signing: Signing): number {
  if (signing === "too old") return -OFF_SECONDS;
  return signing === "too early" ? OFF_SECONDS : 0;
}

/** A read report of another time, so that it is no repeat; any other body stays as it is. */
function withOtherTime({ command, body }: Callback, time: number): string {
  if (command !== READ_REPORT_COMMAND) return body;
  try {
    const report: unknown = JSON.parse(body);
    const isObject = typeof report === "object" && report !== null && !Array.isArray(report);
    return isObject ? JSON.stringify({ ...report, EventTime: time }) : body;
  } catch {
    return body;
  }
}
