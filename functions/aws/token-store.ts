import { AwsError, invalidResponse } from "./aws-error.ts";
import type { Deadline, JsonClient } from "./json-client.ts";

/** How long a token is used before it is read again. Reading it for every event would cost $5 per million. */
const TIME_TO_LIVE_MS = 5 * 60_000;

/** The shortest time between two reads that wrong signatures cause, or two failing reads while an older token is known. */
const RETRY_INTERVAL_MS = 30_000;

/** How long a request may wait to be judged by the tokens of its time: SQS keeps a message for up to 14 days. */
const LONGEST_WAIT_MS = 14 * 24 * 3_600_000;

/** The tokens at the time of a read. */
interface Snapshot {
  readonly current: string;
  /** The previous token, and the Unix milliseconds until which it is accepted. */
  readonly previous?: { readonly token: string; readonly until: number };
}

/** The parts of GetSecretValue's response that are used. `CreatedDate` is in Unix seconds, with a fraction. */
interface SecretValue {
  readonly SecretString?: string;
  readonly CreatedDate?: number;
}

/**
 * Caches the tokens that callbacks may be signed with, from a secret in Secrets Manager.
 */
export class TokenStore {
  readonly #client: JsonClient;
  readonly #secretArn: string;
  readonly #overlapSeconds: number;
  readonly #onStale: (error: unknown) => void;
  #snapshot: Snapshot | undefined;
  /** The error of the last read, if it failed. While set, the cached tokens may be stale. */
  #failure: unknown;
  #reading: Promise<Snapshot> | undefined;
  #nextRead = Number.NEGATIVE_INFINITY;
  #nextReadOnMismatch = Number.NEGATIVE_INFINITY;

  /**
   * @param client a client of Secrets Manager
   * @param secretArn the secret whose string is the token
   * @param overlapSeconds how long the previous token is accepted after the current one was created
   * @param onStale called when the secret cannot be read and the cached tokens stay in use
   */
  constructor(client: JsonClient, secretArn: string, overlapSeconds: number, onStale: (error: unknown) => void) {
    this.#client = client;
    this.#secretArn = secretArn;
    this.#overlapSeconds = overlapSeconds;
    this.#onStale = onStale;
  }

  /**
   * Returns the valid tokens: the current one and, for a while after its creation, the previous one.
   *
   * @param validAt when they must be valid, in Unix milliseconds
   * @throws {AwsError} when no token is known and none can be read by the deadline; the next call tries again
   */
  async tokens(validAt: number, deadline: Deadline): Promise<readonly string[]> {
    const now = Date.now();
    if (now >= this.#nextRead) {
      try {
        await this.#read(now, deadline);
      } catch (error) {
        if (this.#snapshot === undefined) throw error;
        this.#nextRead = now + RETRY_INTERVAL_MS;
        this.#onStale(error);
      }
    }
    return this.#validTokens(validAt);
  }

  /**
   * Reads the valid tokens again, because a signature matched none of them: the token may have changed.
   *
   * Wrong signatures cost an attacker nothing, so they cause at most one read per interval.
   *
   * @param validAt when they must be valid, in Unix milliseconds
   * @returns `undefined` when there is nothing new to try
   * @throws {AwsError} when the secret cannot be read, or could not be read at the last attempt
   */
  async tokensAfterMismatch(validAt: number, deadline: Deadline): Promise<readonly string[] | undefined> {
    const now = Date.now();
    if (this.#reading === undefined) {
      if (now < this.#nextReadOnMismatch) {
        if (this.#failure !== undefined) throw this.#failure;
        return undefined;
      }
      this.#nextReadOnMismatch = now + RETRY_INTERVAL_MS;
    }
    await this.#read(now, deadline);
    return this.#validTokens(validAt);
  }

  #validTokens(validAt: number): readonly string[] {
    if (this.#snapshot === undefined) return [];
    const { current, previous } = this.#snapshot;
    return previous !== undefined && validAt < previous.until ? [current, previous.token] : [current];
  }

  /** Concurrent callers share one read. */
  async #read(now: number, deadline: Deadline): Promise<void> {
    this.#reading ??= this.#fetch(now, deadline).finally(() => {
      this.#reading = undefined;
    });
    try {
      this.#snapshot = await this.#reading;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#nextRead = now + TIME_TO_LIVE_MS;
  }

  async #fetch(now: number, deadline: Deadline): Promise<Snapshot> {
    const { SecretString: current, CreatedDate = 0 } = await this.#getSecretValue("AWSCURRENT", deadline);
    // An empty token would let anybody sign.
    if (!current) throw invalidResponse("GetSecretValue", "no token in the secret's string");
    const until = (CreatedDate + this.#overlapSeconds) * 1000;
    // Halves the calls of most starts and most later reads.
    if (now > until + LONGEST_WAIT_MS) return { current };
    const previous = await this.#getSecretValue("AWSPREVIOUS", deadline).catch(noneIfNeverRotated);
    return previous?.SecretString ? { current, previous: { token: previous.SecretString, until } } : { current };
  }

  #getSecretValue(versionStage: string, deadline: Deadline): Promise<SecretValue> {
    return this.#client.call("GetSecretValue", { SecretId: this.#secretArn, VersionStage: versionStage }, deadline);
  }
}

/** A secret that was never rotated has no previous version, which Secrets Manager reports as an error. */
function noneIfNeverRotated(error: unknown): undefined {
  if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
  throw error;
}
