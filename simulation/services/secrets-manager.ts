import { type SecretVersion, SecretVersions, type Stage } from "../../local/secret-versions.ts";
import type { Now } from "./now.ts";
import { ServiceError } from "./service-error.ts";

/** A secret in Secrets Manager. */
export class SimulatedSecret extends SecretVersions {
  /** @param secretString the first version, which is current */
  constructor(secretString: string, clock: Now) {
    super(secretString, () => clock.now());
  }

  /**
   * GetSecretValue
   * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
   *
   * @throws {ServiceError} when no version has the stage
   */
  override get(stage: Stage): SecretVersion {
    const version = super.get(stage);
    if (version) return version;
    throw new ServiceError(400, "ResourceNotFoundException", `Secrets Manager can't find the ${stage} version.`);
  }
}
