import { createJsonProtocolServer, ServiceError } from "./json-protocol.ts";
import { close, listen } from "./server.ts";

/** A stand-in for Secrets Manager: GetSecretValue over AWS's JSON protocol. */
export interface LocalSecrets {
  readonly endpoint: string;
  /** Creates a secret that was never rotated. */
  create(arn: string, secretString: string): void;
  close(): Promise<void>;
}

/** One version of a secret, as GetSecretValue describes it. */
interface Version {
  readonly ARN: string;
  readonly VersionStages: readonly string[];
  readonly SecretString: string;
  /** Unix seconds. */
  readonly CreatedDate: number;
}

/** Starts the stand-in. */
export async function startSecrets(): Promise<LocalSecrets> {
  const versions: Version[] = [];
  const server = createJsonProtocolServer({
    "secretsmanager.GetSecretValue": ({ SecretId, VersionStage = "AWSCURRENT" }) => {
      const version = versions.find(
        ({ ARN, VersionStages }) => ARN === SecretId && VersionStages.includes(String(VersionStage)),
      );
      if (version) return version;
      throw new ServiceError("ResourceNotFoundException", `No ${VersionStage} version of ${SecretId}`);
    },
  });
  return {
    endpoint: await listen(server),
    create(arn, secretString) {
      const CreatedDate = Date.now() / 1000;
      versions.push({ ARN: arn, VersionStages: ["AWSCURRENT"], SecretString: secretString, CreatedDate });
    },
    close: () => close(server),
  };
}
