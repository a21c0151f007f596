import { randomInt, randomUUID } from "node:crypto";
import { createJsonProtocolServer, ServiceError } from "./json-protocol.ts";
import { type SecretVersion, SecretVersions, type Stage } from "./secret-versions.ts";
import { close, listen } from "./server.ts";

/** A stand-in for Secrets Manager: what the functions and the runbook ask of it, over AWS's JSON protocol. */
export interface LocalSecrets {
  readonly endpoint: string;
  /** Creates a secret that was never rotated. */
  create(arn: string, secretString: string): SecretVersions;
  close(): Promise<void>;
}

/** The parts of a response that name a version. */
interface NamedVersion {
  readonly ARN: string;
  readonly VersionStages: readonly string[];
}

/** GetSecretValue's response. */
type GetSecretValueOutput = SecretVersion & NamedVersion;

/** The characters of a password without punctuation. */
const PASSWORD_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Starts the stand-in. */
export async function startSecrets(): Promise<LocalSecrets> {
  const secrets = new Map<unknown, SecretVersions>();
  function find(secretId: unknown): SecretVersions {
    const versions = secrets.get(secretId);
    if (versions) return versions;
    throw new ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  const server = createJsonProtocolServer({
    "secretsmanager.GetSecretValue"({ SecretId, VersionStage = "AWSCURRENT" }): GetSecretValueOutput {
      const version = find(SecretId).get(VersionStage as Stage);
      if (version) return { ...version, ARN: String(SecretId), VersionStages: [String(VersionStage)] };
      throw new ServiceError("ResourceNotFoundException", `No ${VersionStage} version of ${SecretId}`);
    },
    "secretsmanager.PutSecretValue"({ SecretId, SecretString }): NamedVersion & { readonly VersionId: string } {
      const versions = find(SecretId);
      if (typeof SecretString !== "string" || SecretString === "")
        throw new ServiceError("InvalidParameterException", "SecretString must be text of at least one character.");
      versions.put(SecretString);
      return { ARN: String(SecretId), VersionId: randomUUID(), VersionStages: ["AWSCURRENT"] };
    },
    /** Always without punctuation, as the runbook asks. */
    "secretsmanager.GetRandomPassword"({ PasswordLength = 32 }): { readonly RandomPassword: string } {
      const pick = () => PASSWORD_CHARACTERS[randomInt(PASSWORD_CHARACTERS.length)];
      return { RandomPassword: Array.from({ length: Number(PasswordLength) }, pick).join("") };
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
