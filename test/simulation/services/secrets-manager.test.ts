import { expect, test } from "vitest";
import { startSecrets } from "../../../local/secrets.ts";
import { SimulatedSecret } from "../../../simulation/services/secrets-manager.ts";

let now = 1_767_225_600_123;
const create = () => new SimulatedSecret("one", { now: () => now });

const put =
  (...values: readonly string[]) =>
  (secret: SimulatedSecret) => {
    for (const value of values) {
      now += 1_000;
      secret.put(value);
    }
  };
const putAndMoveBack = (secret: SimulatedSecret) => {
  put("two")(secret);
  secret.moveBack();
};

test.each([
  ["has no previous version before it is rotated", put(), ["one"]],
  ["has no version to move back to before it is rotated", (secret: SimulatedSecret) => secret.moveBack(), ["one"]],
  ["has its former value as the previous version", put("two"), ["two", "one"]],
  ["keeps no more than two labelled versions", put("two", "three"), ["three", "two"]],
  ["makes a version of a value that it had before", put("one"), ["one", "one"]],
  ["swaps the versions when it is moved back", putAndMoveBack, ["one", "two"]],
] as const)("A secret %s", (_what, change, [current, previous]) => {
  const secret = create();
  change(secret);
  expect(secret.get("AWSCURRENT").SecretString).toBe(current);
  if (previous !== undefined) {
    expect(secret.get("AWSPREVIOUS").SecretString).toBe(previous);
  } else {
    const error = { name: "ServiceError", statusCode: 400, code: "ResourceNotFoundException" };
    expect(() => secret.get("AWSPREVIOUS")).toThrow(expect.objectContaining(error));
  }
});

test("A version keeps the time of its creation, in seconds, when it is moved back", () => {
  const secret = create();
  const createdAt = now / 1000;
  putAndMoveBack(secret);
  expect(secret.get("AWSCURRENT").CreatedDate).toBe(createdAt);
  expect(secret.get("AWSPREVIOUS").CreatedDate).toBe(createdAt + 1);
});

test("The local Secrets Manager answers as the simulated one does", async () => {
  const secrets = await startSecrets();
  try {
    secrets.create("arn", "one");
    const read = async (VersionStage: string) => {
      const response = await fetch(secrets.endpoint, {
        method: "POST",
        headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
        body: JSON.stringify({ SecretId: "arn", VersionStage }),
      });
      return { status: response.status, answer: (await response.json()) as object };
    };
    const version = { SecretString: "one", CreatedDate: expect.any(Number) };
    expect(create().get("AWSCURRENT")).toEqual(version);
    expect(await read("AWSCURRENT")).toMatchObject({ status: 200, answer: version });
    expect(await read("AWSPREVIOUS")).toMatchObject({ status: 400, answer: { __type: "ResourceNotFoundException" } });
  } finally {
    await secrets.close();
  }
});
