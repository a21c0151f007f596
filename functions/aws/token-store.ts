import { AwsError, invalidResponse } from "./aws-error.ts";
import type { Deadline, JsonClient } from "./json-client.ts";

/** How long the current token is used before it is read again. Reading it for every event would cost $5 per million. */
const TIME_TO_LIVE_MS = 5 * 60_000;

/** The greatest age of the tokens that decide about other signatures, and how long a failed read is not repeated. */
const RETRY_INTERVAL_MS = 5_000;

/** The tokens at the time of a read. */
interface Tokens {
  readonly current: string;
  /** The previous token, and the Unix milliseconds until which it is accepted. */
  readonly previous: { readonly token: string; readonly until: number } | undefined;
}

/**
 * The parts of GetSecretValue's response that are used. `CreatedDate` is in Unix seconds, with a fraction
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
 */
interface SecretValue {
  readonly SecretString: string;
  readonly CreatedDate?: number;
}

/**
 * Reads the tokens that callbacks may be signed with, from a secret in Secrets Manager.
 *
 * Callers compare a signature with {@link currentToken}, which is cached for five minutes, and, if it does not match, with
 * {@link freshTokens}. So only tokens that were read within the last 5 s refuse a signature, or accept one by the previous
 * token. This holds however many wrong signatures arrive:
 *
 * - A new token is accepted from 5 s after it was stored.
 * - A token that is neither current nor previous any more is refused after 5 s by each environment that has read a newer
 *   one. It has after the first callback with the newer token, and five minutes after that was stored at the latest, unless
 *   the secret cannot be read.
 * - An environment reads both versions at most once in 5 s, and the current one also every five minutes.
 */
export class TokenStore {
  readonly #client: Pick<JsonClient, "call">;
  readonly #secretArn: string;
  readonly #overlapSeconds: number;
  readonly #onStale: (error: unknown) => void;
  readonly #currentRead = new CachedRead((deadline) => this.#readCurrent(deadline));
  readonly #fullRead = new CachedRead((deadline) => this.#readAll(deadline));
  #current: string | undefined;
  #mayBeStale = true;

  /**
   * @param client a client of Secrets Manager
   * @param secretArn the secret whose string is the token
   * @param overlapSeconds how long the previous token is accepted after the newer of the two was created
   * @param onStale called when the secret cannot be read and the cached token stays in use
   */
  constructor(
    client: Pick<JsonClient, "call">,
    secretArn: string,
    overlapSeconds: number,
    onStale: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#secretArn = secretArn;
    this.#overlapSeconds = overlapSeconds;
    this.#onStale = onStale;
  }

  /**
   * Reads the current token before the first callback needs it.
   *
   * @throws {AwsError} when it cannot be read by the deadline; the next call of {@link currentToken} tries again
   */
  async warmUp(deadline: Deadline): Promise<void> {
    try {
      await this.currentToken(deadline);
    } catch (error) {
      this.#currentRead.forget();
      throw error;
    }
  }

  /**
   * Returns the current token. If it cannot be read again, the last known one stays in use.
   *
   * @throws {AwsError} when no token is known and none can be read by the deadline, or none could in the last 5 s
   */
  async currentToken(deadline: Deadline): Promise<string> {
    const token = await this.#currentRead.get(this.#mayBeStale ? RETRY_INTERVAL_MS : TIME_TO_LIVE_MS, deadline);
    // A full read may have found a newer one.
    return this.#current ?? token;
  }

  /**
   * Returns the valid tokens: the current one and, for a while after a change, the previous one. For signatures that
   * {@link currentToken} does not match.
   *
   * @param validAt when the tokens must be valid, in Unix milliseconds
   * @throws {AwsError} when the secret cannot be read by the deadline, or could not be in the last 5 s
   */
  async freshTokens(validAt: number, deadline: Deadline): Promise<readonly string[]> {
    const { current, previous } = await this.#fullRead.get(RETRY_INTERVAL_MS, deadline);
    return previous !== undefined && validAt < previous.until ? [current, previous.token] : [current];
  }

  async #readCurrent(deadline: Deadline): Promise<string> {
    try {
      const { SecretString: token } = await this.#getCurrent(deadline);
      this.#mayBeStale = false;
      return token;
    } catch (error) {
      this.#mayBeStale = true;
      if (this.#current === undefined) throw error;
      this.#onStale(error);
      return this.#current;
    }
  }

  /** Reads the current token first: if they change meanwhile, the old one is known, as current or as previous. */
  async #readAll(deadline: Deadline): Promise<Tokens> {
    const current = await this.#getCurrent(deadline);
    const previous = await this.#getSecretValue("AWSPREVIOUS", deadline).catch(noneIfNeverRotated);
    return { current: current.SecretString, previous: previous && this.#acceptFor(previous, current) };
  }

  /** An operator may have made the older version current again, so the overlap counts from the newer one. */
  #acceptFor({ SecretString: token, CreatedDate = 0 }: SecretValue, current: SecretValue): Tokens["previous"] {
    // An operator may have stored an empty token by mistake and replaced it.
    if (token === "") return undefined;
    const changedAt = Math.max(CreatedDate, current.CreatedDate ?? 0);
    return { token, until: (changedAt + this.#overlapSeconds) * 1000 };
  }

  async #getCurrent(deadline: Deadline): Promise<SecretValue> {
    const value = await this.#getSecretValue("AWSCURRENT", deadline);
    // With an empty token, anyone could sign.
    if (value.SecretString === "") throw invalidResponse("GetSecretValue", "the secret's string is empty");
    this.#current = value.SecretString;
    return value;
  }

  #getSecretValue(versionStage: string, deadline: Deadline): Promise<SecretValue> {
    const input = { SecretId: this.#secretArn, VersionStage: versionStage };
    return this.#client.call("GetSecretValue", input, deadline, ({ SecretString }: SecretValue) => {
      // Anything but a string, joined to the signed time, would be easy to guess.
      if (typeof SecretString !== "string") throw invalidResponse("GetSecretValue", "no token in the secret's string");
    });
  }
}

/** Keeps the result of the last read, even if it failed or is under way. */
class CachedRead<Value> {
  readonly #read: (deadline: Deadline) => Promise<Value>;
  #last: { readonly age: () => number; readonly result: Promise<Value> } | undefined;

  constructor(read: (deadline: Deadline) => Promise<Value>) {
    this.#read = read;
  }

  /** Returns the last result, or reads again if that read began this many milliseconds ago. */
  get(maxAgeMs: number, deadline: Deadline): Promise<Value> {
    if (this.#last === undefined || this.#last.age() >= maxAgeMs) {
      this.#last = { age: startWatch(), result: this.#read(deadline) };
    }
    return this.#last.result;
  }

  /** Makes the next caller read again. */
  forget(): void {
    this.#last = undefined;
  }
}

/**
 * Returns a function that returns the milliseconds since now. The wall clock may be set back, and the monotonic clock may stop
 * while Lambda freezes the environment (https://github.com/hashicorp/vault-lambda-extension/pull/150): the one that shows
 * more time counts.
 */
function startWatch(): () => number {
  const [wall, monotonic] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - monotonic);
}

/** A secret that was never rotated has no previous version, which Secrets Manager reports as an error. */
function noneIfNeverRotated(error: unknown): undefined {
  if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
  throw error;
}
