import {
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { SecretVersions } from "../../local/secret-versions.ts";
import { startSecrets } from "../../local/secrets.ts";

const SecretId = "arn:aws:secretsmanager:us-east-1:000000000000:secret:token";

let client: SecretsManagerClient;
let versions: SecretVersions;

beforeEach(async () => {
  const secrets = await startSecrets();
  onTestFinished(() => secrets.close());
  versions = secrets.create(SecretId, "one");
  client = new SecretsManagerClient({
    endpoint: secrets.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  onTestFinished(() => client.destroy());
});

test("A value that is put becomes current, and the former one previous", async () => {
  const answer = await client.send(new PutSecretValueCommand({ SecretId, SecretString: "two" }));
  expect(answer).toMatchObject({ ARN: SecretId, VersionId: expect.any(String), VersionStages: ["AWSCURRENT"] });
  expect(versions.get("AWSCURRENT")?.SecretString).toBe("two");
  const previous = await client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" }));
  expect(previous).toMatchObject({ ARN: SecretId, SecretString: "one", CreatedDate: expect.any(Date) });
});

test.each([
  ["without a value", { SecretId, SecretString: "" }, "InvalidParameterException"],
  ["to a secret that does not exist", { SecretId: "nowhere", SecretString: "two" }, "ResourceNotFoundException"],
])("Nothing is put %s", async (_what, input, name) => {
  await expect(client.send(new PutSecretValueCommand(input))).rejects.toMatchObject({ name });
  expect(versions.get("AWSCURRENT")?.SecretString).toBe("one");
});

test("Passwords are random, as long as asked for, and have no punctuation", async () => {
  const command = new GetRandomPasswordCommand({ PasswordLength: 40, ExcludePunctuation: true });
  const [first, second] = [await client.send(command), await client.send(command)];
  expect(first.RandomPassword).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(second.RandomPassword).not.toBe(first.RandomPassword);
});
