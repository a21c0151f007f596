import { createJsonProtocolServer, ServiceError } from "./json-protocol.ts";
import { type SecretVersion, SecretVersions, type Stage } from "./secret-versions.ts";
import { close, listen } from "./server.ts";

/** A stand-in for Secrets Manager: GetSecretValue over AWS's JSON protocol. */
export interface LocalSecrets {
  readonly endpoint: string;
  /** Creates a secret that was never rotated. */
  create(arn: string, secretString: string): SecretVersions;
  close(): Promise<void>;
}

/** GetSecretValue's response. */
interface GetSecretValueOutput extends SecretVersion {
  readonly ARN: string;
  readonly VersionStages: readonly string[];
}

/** Starts the stand-in. */
export async function startSecrets(): Promise<LocalSecrets> {
  const secrets = new Map<unknown, SecretVersions>();
  const server = createJsonProtocolServer({
    "secretsmanager.GetSecretValue": ({ SecretId, VersionStage = "AWSCURRENT" }): GetSecretValueOutput => {
      const version = secrets.get(SecretId)?.get(VersionStage as Stage);
      if (version) return { ...version, ARN: String(SecretId), VersionStages: [String(VersionStage)] };
      throw new ServiceError("ResourceNotFoundException", `No ${VersionStage} version of ${SecretId}`);
    },
  });
  return {
    endpoint: await listen(server),
    create(arn, secretString) {
      const versions = new SecretVersions(secretString);
      secrets.set(arn, versions);
      return versions;
    },
    close: () => close(server),
  };
}
