/** A label of a secret's version. */
export type Stage = "AWSCURRENT" | "AWSPREVIOUS";

/** The parts of a secret's version that GetSecretValue returns and the functions read. */
export interface SecretVersion {
  readonly SecretString: string;
  /** Unix seconds, with a fraction. */
  readonly CreatedDate: number;
}

/** The labelled versions of a secret in Secrets Manager. */
export class SecretVersions {
  readonly #now: () => number;
  #current: SecretVersion;
  #previous: SecretVersion | undefined;

  /**
   * @param secretString the first version, which is current
   * @param now tells the time, in Unix milliseconds
   */
  constructor(secretString: string, now: () => number = Date.now) {
    this.#now = now;
    this.#current = this.#create(secretString);
  }

  /**
   * PutSecretValue: creates a version and makes it current
   * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html).
   */
  put(secretString: string): void {
    this.#moveCurrentTo(this.#create(secretString));
  }

  /** UpdateSecretVersionStage: makes the previous version current again, if there is one. */
  moveBack(): void {
    if (this.#previous) this.#moveCurrentTo(this.#previous);
  }

  /** @returns the version with a label; `undefined` when no version has it */
  get(stage: Stage): SecretVersion | undefined {
    return { AWSCURRENT: this.#current, AWSPREVIOUS: this.#previous }[stage];
  }

  #create(SecretString: string): SecretVersion {
    return { SecretString, CreatedDate: this.#now() / 1000 };
  }

  /**
   * Secrets Manager moves AWSPREVIOUS to the version that AWSCURRENT is taken from
   * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
   */
  #moveCurrentTo(version: SecretVersion): void {
    this.#previous = this.#current;
    this.#current = version;
  }
}
