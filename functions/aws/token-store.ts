import { AwsError, invalidResponse } from "./aws-error.ts";
import type { Deadline, JsonClient } from "./json-client.ts";

/** How long the current token is used before it is read again. Reading it for every event would cost $5 per million. */
const TIME_TO_LIVE_MS = 5 * 60_000;

/** The greatest age of the tokens that decide about other signatures, and the longest pause after failed reads. */
const RETRY_INTERVAL_MS = 5_000;

/**
 * The pause after the first failed read, which doubles with each further one. Requests that cannot be judged meanwhile are parked,
 * and an environment parks 300 a minute: after a blip, a longer pause would lose those of a busy one.
 */
const FIRST_RETRY_MS = 500;

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
  readonly SecretString?: string;
  readonly SecretBinary?: string;
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
 * - An environment reads both versions at most once in 5 s, and the current one also every five minutes. After a failed read
 *   it tries again after 0.5 s, then less often, down to every 5 s.
 */
export class TokenStore {
  readonly #client: Pick<JsonClient, "call">;
  readonly #secretArn: string;
  readonly #overlapSeconds: number;
  readonly #onStale: (error: unknown) => void;
  readonly #currentRead = new CachedRead((deadline) => this.#readCurrent(deadline));
  readonly #fullRead = new CachedRead((deadline) => this.#readAll(deadline));
  #current: string | undefined;
  /** The number of the read that found the current token: an older read may end later. */
  #currentReadNumber = 0;
  #reads = 0;
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
   * @throws {AwsError} when no token is known and none can be read by the deadline, or none could a moment ago
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
   * @throws {AwsError} when the secret cannot be read by the deadline, or could not be a moment ago
   */
  async freshTokens(validAt: number, deadline: Deadline): Promise<readonly string[]> {
    const { current, previous } = await this.#fullRead.get(RETRY_INTERVAL_MS, deadline);
    return previous !== undefined && validAt < previous.until ? [current, previous.token] : [current];
  }

  async #readCurrent(deadline: Deadline): Promise<string> {
    try {
      const { token } = await this.#getCurrent(deadline);
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
    // Someone who made the previous version current again between the two reads would leave both with the same one.
    const { token } = previous?.SecretString === current.token ? await this.#getCurrent(deadline) : current;
    return { current: token, previous: previous && this.#acceptFor(previous, current.createdAt) };
  }

  /** An operator may have made the older version current again, so the overlap counts from the newer one. */
  #acceptFor({ SecretString: token, CreatedDate = 0 }: SecretValue, currentCreatedAt: number): Tokens["previous"] {
    // An operator may have stored an empty or binary value by mistake and replaced it.
    if (!token) return undefined;
    const changedAt = Math.max(CreatedDate, currentCreatedAt);
    return { token, until: (changedAt + this.#overlapSeconds) * 1000 };
  }

  async #getCurrent(deadline: Deadline): Promise<{ readonly token: string; readonly createdAt: number }> {
    this.#reads += 1;
    const read = this.#reads;
    const { SecretString: token, CreatedDate: createdAt = 0 } = await this.#getSecretValue("AWSCURRENT", deadline);
    // With an empty token, anyone could sign.
    if (!token) throw invalidResponse("GetSecretValue", "the secret's string is empty");
    if (read > this.#currentReadNumber) [this.#current, this.#currentReadNumber] = [token, read];
    return { token, createdAt };
  }

  #getSecretValue(versionStage: string, deadline: Deadline): Promise<SecretValue> {
    const input = { SecretId: this.#secretArn, VersionStage: versionStage };
    return this.#client.call("GetSecretValue", input, deadline, ({ SecretString, SecretBinary }: SecretValue) => {
      if (versionStage === "AWSPREVIOUS" && typeof SecretBinary === "string") return;
      // Anything but a string, joined to the signed time, would be easy to guess.
      if (typeof SecretString !== "string") throw invalidResponse("GetSecretValue", "no token in the secret's string");
    });
  }
}

/** Keeps the result of the last read, even if it failed or is under way. */
class CachedRead<Value> {
  readonly #read: (deadline: Deadline) => Promise<Value>;
  #last: { readonly age: () => number; readonly result: Promise<Value> } | undefined;
  #isReading = false;
  /** How many reads in a row have failed. */
  #failures = 0;

  constructor(read: (deadline: Deadline) => Promise<Value>) {
    this.#read = read;
  }

  /** Returns the last result, or reads again if that read began this many milliseconds ago, or failed and its pause is over. */
  get(maxAgeMs: number, deadline: Deadline): Promise<Value> {
    const limit = this.#failures === 0 ? maxAgeMs : Math.min(maxAgeMs, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    if (this.#last === undefined || (!this.#isReading && this.#last.age() >= limit)) {
      this.#last = { age: startWatch(), result: this.#read(deadline) };
      this.#isReading = true;
      this.#last.result.then(
        () => this.#end(0),
        () => this.#end(this.#failures + 1),
      );
    }
    return this.#last.result;
  }

  #end(failures: number): void {
    this.#isReading = false;
    this.#failures = failures;
  }

  /** Makes the next caller read again. */
  forget(): void {
    this.#last = undefined;
    this.#failures = 0;
  }
}

/**
 * Returns a function that returns the milliseconds since now. The wall clock may be set back, and the monotonic clock may stop
 * while Lambda freezes the environment (https://github.com/hashicorp/vault-lambda-extension/pull/150): the one that shows
 * more time counts. If the wall clock shows less than none, nobody knows how much it was.
 */
function startWatch(): () => number {
  const [wall, monotonic] = [Date.now(), performance.now()];
  return () => {
    const elapsed = Date.now() - wall;
    return elapsed < 0 ? Number.POSITIVE_INFINITY : Math.max(elapsed, performance.now() - monotonic);
  };
}

/** A secret that was never rotated has no previous version, which Secrets Manager reports as an error. */
function noneIfNeverRotated(error: unknown): undefined {
  if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
  throw error;
}
