import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import { SDK_APP_ID, TOKEN_OVERLAP_HOURS } from "../app.ts";
import type { VirtualClock } from "../clock.ts";
import type { Attempt, History, SentCallback } from "../history.ts";
import { CONTENT_TYPES, type HttpApi } from "../lambda/api.ts";
import type { Attack, AttackKind, Plan } from "../plan.ts";
import type { Random } from "../random.ts";

/** What an attacker depends on. */
export interface AttackerDependencies {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly api: HttpApi;
}

/** How old a signature is when an attacker has it, in milliseconds. Until it expires, it is good for any body. */
const OLD_SIGNATURE_MS = 130_000;

/** When every environment knows the current token, and how long the previous one is accepted after it was replaced, in milliseconds. */
const KNOWN_AFTER_MS = 6 * 60_000;
const OVERLAP_MS = TOKEN_OVERLAP_HOURS * 3_600_000;

/** Somebody who does not know the token, and wants an event published, a secret revealed, or costs caused. */
export class Attacker {
  readonly #dependencies: AttackerDependencies;
  /** Whether the token's secret may become unreadable, so that an environment goes on with a revoked token. */
  readonly #canSecretFail: boolean;
  /** Whether the clock of an environment may be wrong, so that it takes an old signature for a fresh one. */
  readonly #canClockFail: boolean;
  #requests = 0;

  constructor({ serviceFaults, lambdaFaults }: Plan, dependencies: AttackerDependencies) {
    this.#canSecretFail = serviceFaults.some(({ target }) => target === "secret");
    this.#canClockFail = lambdaFaults.some(({ name }) => name.includes("clock"));
    this.#dependencies = dependencies;
  }

  /** Sends an attack's requests. Resolves when all have been answered. */
  async attack({ kind, from, duration, requests }: Attack): Promise<void> {
    const { clock, random } = this.#dependencies;
    await clock.sleep(from);
    await Promise.all(
      Array.from({ length: requests }, async () => {
        await clock.sleep(random.below(duration));
        await this.#request(kind);
      }),
    );
  }

  async #request(kind: AttackKind): Promise<void> {
    const { clock, random, history, api } = this.#dependencies;
    this.#requests += 1;
    const key = `forged ${this.#requests}`;
    const now = clock.now();
    const body = JSON.stringify({
      CallbackCommand: READ_REPORT_COMMAND,
      Report_Account: key,
      Peer_Account: "victim",
      LastReadTime: Math.floor(now / 1000),
      EventTime: now,
      ...(kind.includes("large body") && { Padding: "x".repeat(60_000) }),
    });
    const query = this.#query(kind, now);
    const contentType = random.pick(CONTENT_TYPES);
    const attempt: Attempt = { sentAt: now, query, contentType };
    const callback: SentCallback = {
      ...{ key, origin: "forged", variant: kind, command: READ_REPORT_COMMAND, unit: key, body },
      ...{ isEvent: true, isUserWaiting: false, attempts: [attempt] },
    };
    history.callbacks.set(key, callback);
    history.trace?.(`API gets ${key} (${kind})`);
    const answer = await api.post({
      ...{ rawQueryString: query, body, contentType, sourceIp: `203.0.113.${random.below(256)}` },
    });
    attempt.invocation = answer.invocation;
    attempt.reply = { at: clock.now(), statusCode: answer.statusCode, text: answer.text };
  }

  #query(kind: AttackKind, now: number): string {
    const { history } = this.#dependencies;
    const sign = (token: string, sdkAppId = SDK_APP_ID, requestTime = Math.floor(now / 1000)) =>
      signedQuery({ sdkAppId, token, command: READ_REPORT_COMMAND, requestTime, requestId: "forged" });
    const guess = `guess ${this.#requests}`;
    switch (kind) {
      case "unsigned":
      case "large body":
        return sign(guess).replace(/&Sign=\w+/, "");
      case "malformed signature":
        return sign(guess).replace(/Sign=\w/, "Sign=x");
      case "wrong signature":
      case "wrong signature of a large body":
        return sign(guess);
      case "revoked token":
        return sign(this.#revokedToken() ?? guess);
      case "old signature with another body":
        return this.#oldQuery(now) ?? sign(guess);
      case "repeated parameters":
        return `${sign(guess)}&Sign=${"0".repeat(64)}`;
      case "another app's":
        // Of the same owner, who gave it the same token and the same URL.
        return sign(history.tokens.at(-1)?.value ?? guess, "1499999999");
    }
  }

  /**
   * A token that was replaced twice, or once and its time is over, so long ago that every environment knows: at most five minutes
   * while the secret is readable.
   */
  #revokedToken(): string | undefined {
    const { clock, history } = this.#dependencies;
    const [current, previous, revoked] = history.tokens.slice(-3).reverse();
    const age = clock.now() - (current?.storedAt ?? clock.now());
    if (this.#canSecretFail || !current || age < KNOWN_AFTER_MS) return undefined;
    if (!this.#canClockFail && age > KNOWN_AFTER_MS + OVERLAP_MS && previous?.value !== current.value)
      return previous?.value;
    return [previous?.value, current.value].includes(revoked?.value) ? undefined : revoked?.value;
  }

  /** The query of one of Tencent's requests, which somebody logged. */
  #oldQuery(now: number): string | undefined {
    if (this.#canClockFail) return undefined;
    const attempts = [...this.#dependencies.history.callbacks.values()]
      // A before-callback is allowed whenever it cannot be judged.
      .filter(({ origin, command }) => origin === "genuine" && command === READ_REPORT_COMMAND)
      .flatMap((callback) => callback.attempts);
    return attempts.findLast(({ sentAt }) => sentAt < now - OLD_SIGNATURE_MS)?.query;
  }
}
