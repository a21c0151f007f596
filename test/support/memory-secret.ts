import { AwsError } from "../../functions/aws/aws-error.ts";
import type { JsonClient } from "../../functions/aws/json-client.ts";

type Stage = "AWSCURRENT" | "AWSPREVIOUS";

/** A secret in Secrets Manager, in memory. Its versions are created at the time of `Date.now()`. */
export class MemorySecret {
  readonly #versions: Partial<Record<Stage, { SecretString: string; CreatedDate: number }>> = {};

  constructor(token: string) {
    this.put(token);
  }

  /** PutSecretValue. */
  put(SecretString: string): void {
    this.#moveCurrentTo({ SecretString, CreatedDate: Date.now() / 1000 });
  }

  /** UpdateSecretVersionStage, with which an operator makes the previous version current again. */
  moveBack(): void {
    this.#moveCurrentTo(this.#versions.AWSPREVIOUS);
  }

  /** GetSecretValue. */
  get(stage: Stage): object {
    const version = this.#versions[stage];
    if (version === undefined) throw new AwsError("ResourceNotFoundException", `no ${stage}`);
    return version;
  }

  /** Secrets Manager moves AWSPREVIOUS to the version that AWSCURRENT is taken from. */
  #moveCurrentTo(version: { SecretString: string; CreatedDate: number } | undefined): void {
    if (this.#versions.AWSCURRENT) this.#versions.AWSPREVIOUS = this.#versions.AWSCURRENT;
    if (version) this.#versions.AWSCURRENT = version;
  }
}

/** A client of Secrets Manager that answers GetSecretValue as told. */
export function secretsClient(getSecretValue: (stage: Stage) => unknown): Pick<JsonClient, "call"> {
  return {
    async call<Output>(_operation: string, input: object, _deadline: number, check?: (output: Output) => void) {
      const output = (await getSecretValue((input as { VersionStage: Stage }).VersionStage)) as Output;
      check?.(output);
      return output;
    },
  };
}
