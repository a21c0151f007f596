import { AwsError, invalidResponse } from "./aws-error.ts";
import type { Deadline, JsonClient } from "./json-client.ts";

/** How long a token is used before it is read again. Reading it for each event would cost $5 per million. */
const TIME_TO_LIVE_MS = 5 * 60_000;

/** The least time between two reads that wrong signatures cause, or two that fail while an older token is at hand. */
const RETRY_INTERVAL_MS = 30_000;

/** How long a request may wait to be judged by the tokens of its time: SQS keeps a message for 14 days at most. */
const LONGEST_WAIT_MS = 14 * 24 * 3_600_000;

/** What is known of the secret. */
interface Snapshot {
  readonly current: string;
  /** The previous token, and the Unix milliseconds until which it is accepted. */
  readonly previous?: { readonly token: string; readonly until: number };
}

/** The parts of GetSecretValue's answer that are used; `CreatedDate` is in Unix seconds, with a fraction. */
interface SecretValue {
  readonly SecretString?: string;
  readonly CreatedDate?: number;
}

/**
 * The tokens that callbacks may be signed with, kept in a Secrets Manager secret and read rarely.
 *
 * Times are Unix milliseconds and come in as arguments.
 */
export class TokenStore {
  readonly #client: JsonClient;
  readonly #secretArn: string;
  readonly #overlapSeconds: number;
  readonly #onStale: (error: unknown) => void;
  #snapshot: Snapshot | undefined;
  /** What the last read ended in, if it failed: then nobody knows whether the tokens at hand are still the tokens. */
  #failure: unknown;
  #reading: Promise<Snapshot> | undefined;
  #nextRead = Number.NEGATIVE_INFINITY;
  #nextReadOnMismatch = Number.NEGATIVE_INFINITY;

  /**
   * @param client speaks to Secrets Manager
   * @param secretArn the secret whose string is the token
   * @param overlapSeconds how long the previous token is accepted after the current one was made
   * @param onStale is told when the secret can't be read and the tokens at hand are used on
   */
  constructor(client: JsonClient, secretArn: string, overlapSeconds: number, onStale: (error: unknown) => void) {
    this.#client = client;
    this.#secretArn = secretArn;
    this.#overlapSeconds = overlapSeconds;
    this.#onStale = onStale;
  }

  /**
   * The tokens that are valid now: the current one and, for a while after it was made, the one before.
   *
   * @param validAt when they have to be valid, if that is not now
   * @throws {AwsError} when no token was read so far and none can be read by the deadline; the next call tries again
   */
  async tokens(now: number, deadline: Deadline, validAt = now): Promise<readonly string[]> {
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
   * The tokens that are valid now, read anew because a signature fitted none of them: the token may have changed.
   *
   * Wrong signatures cost an attacker nothing, so they lead to one read per interval at most.
   *
   * @returns `undefined` when there is nothing new to try
   * @throws {AwsError} when the secret can't be read, or could not be read when it was last tried
   */
  async tokensAfterMismatch(now: number, deadline: Deadline, validAt = now): Promise<readonly string[] | undefined> {
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

  #validTokens(now: number): readonly string[] {
    if (this.#snapshot === undefined) return [];
    const { current, previous } = this.#snapshot;
    return previous !== undefined && now < previous.until ? [current, previous.token] : [current];
  }

  /** Everybody who wants to read at the same time shares one read. */
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
    // Saves most starts, and most later reads, half their calls.
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
