import { postCallback } from "../../bin/shared/post-callback.ts";
import { nowInSeconds, READ_REPORT, signedQuery } from "./callbacks.ts";
import { FORBIDDEN_WORD } from "./moderating-handler.ts";

/** A callback that Tencent sent, and the end of it. */
export interface SentCallback {
  /** The UserID in its body, which no other callback has. */
  readonly user: string;
  readonly command: string;
  readonly isForbidden: boolean;
  readonly url: string;
  /** Whether the reply is one that Tencent accepts: 200 and JSON. The console's rule decides about the others. */
  readonly isAccepted: boolean;
  /** The reply's `ErrorCode`: 0 allows what a before-callback asks for. */
  readonly errorCode: unknown;
}

/** A callback of each kind; `user` is a UserID. */
const MIX: readonly ((user: string) => { command: string; body: object; isForbidden?: boolean })[] = [
  (user) => ({ command: READ_REPORT.CallbackCommand, body: { ...READ_REPORT, Report_Account: user } }),
  (user) => ({ command: "C2C.CallbackBeforeSendMsg", body: message(user, "hello") }),
  (user) => ({ command: "C2C.CallbackAfterSendMsg", body: message(user, "hello") }),
  (user) => ({ command: "Group.CallbackBeforeSendMsg", body: message(user, FORBIDDEN_WORD), isForbidden: true }),
];

/** Tencent waits two seconds; longer here, so that no test depends on the machine's load. */
const TIMEOUT_MS = 30_000;

/** Sends an app's callbacks to the URLs that its console has. */
export class Tencent {
  /** The callback URL; two while a change takes effect, which then get callbacks in turn. */
  urls: readonly string[] = [];
  readonly #token: string;
  readonly #sent: SentCallback[] = [];
  #begun = 0;

  /** @param token signs the callbacks */
  constructor(token: string) {
    this.#token = token;
  }

  /** The callbacks that were answered so far. */
  get sent(): readonly SentCallback[] {
    return this.#sent;
  }

  /** Sends callbacks of all kinds, three at a time, and returns those that were answered meanwhile. */
  async send(count: number): Promise<readonly SentCallback[]> {
    const [first, last] = [this.#sent.length, this.#begun + count];
    const sendInTurn = async () => {
      while (this.#begun < last) await this.#sendNext();
    };
    await Promise.all([sendInTurn(), sendInTurn(), sendInTurn()]);
    return this.#sent.slice(first);
  }

  async #sendNext(): Promise<void> {
    const index = this.#begun++;
    const user = `user-${index}`;
    // One after another of the mix goes to each URL.
    const url = this.urls[Math.floor(index / MIX.length) % this.urls.length] ?? "";
    const { command, body, isForbidden = false } = (MIX[index % MIX.length] as (typeof MIX)[number])(user);
    const query = signedQuery(nowInSeconds(), { CallbackCommand: command }, this.#token);
    const sending = postCallback(
      new URL(url),
      query,
      JSON.stringify({ ...body, CallbackCommand: command }),
      TIMEOUT_MS,
    );
    this.#sent.push({ user, command, isForbidden, url, ...(await sending.then(judge)) });
  }
}

function message(user: string, text: string): object {
  return { From_Account: user, To_Account: "bob", MsgBody: [{ MsgType: "TIMTextElem", MsgContent: { Text: text } }] };
}

function judge({ status, text }: { readonly status: number; readonly text: string }) {
  const { ErrorCode: errorCode } = JSON.parse(text) as { readonly ErrorCode?: unknown };
  return { isAccepted: status === 200, errorCode };
}
