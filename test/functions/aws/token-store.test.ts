import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JsonClient, SECRETS_MANAGER } from "../../../functions/aws/json-client.ts";
import { TokenStore } from "../../../functions/aws/token-store.ts";
import { awsFault, type Fault, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CREATED = Date.UTC(2026, 0, 1);
const NOW = CREATED + 2 * DAY;

/** The secret in Secrets Manager. */
let secret: { current: string; previous?: string; createdAt: number };
let fault: Fault | undefined;
let endpoint: FaultyEndpoint;
let store: TokenStore;
let stale: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  secret = { current: "old", createdAt: CREATED };
  fault = undefined;
  endpoint = await startFaultyEndpoint("http://127.0.0.1:1");
  endpoint.fail = ({ input }) => {
    if (fault) return fault;
    const value = input["VersionStage"] === "AWSCURRENT" ? secret.current : secret.previous;
    if (value === undefined) return awsFault(400, "ResourceNotFoundException");
    // The previous version is a year older: the overlap counts from the current one.
    const createdAt = input["VersionStage"] === "AWSCURRENT" ? secret.createdAt : secret.createdAt - 365 * DAY;
    return { status: 200, body: JSON.stringify({ SecretString: value, CreatedDate: createdAt / 1000 }) };
  };
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const client = new JsonClient(SECRETS_MANAGER, new URL(endpoint.url), "us-east-1", credentials);
  stale = [];
  store = new TokenStore(client, "arn", DAY / 1000, (error) => stale.push(String(error)));
});

afterEach(async () => {
  vi.useRealTimers();
  await endpoint.close();
});

const deadline = () => performance.now() + 1_000;
/**
 * Asks for the tokens.
 *
 * @param now the time of asking
 * @param validAt the time at which the tokens must have been valid
 */
const tokens = (now: number, validAt = now) => {
  vi.setSystemTime(now);
  return store.tokens(validAt, deadline());
};
const tokensAfterMismatch = (now: number, validAt = now) => {
  vi.setSystemTime(now);
  return store.tokensAfterMismatch(validAt, deadline());
};
const reads = () => endpoint.calls.filter(({ input }) => input["VersionStage"] === "AWSCURRENT").length;
const rotate = (token: string, createdAt: number) => {
  secret = { current: token, previous: secret.current, createdAt };
};

describe("The token store", () => {
  test("has one token if the secret was never rotated", async () => {
    expect(await tokens(NOW)).toEqual(["old"]);
    expect(endpoint.calls.map(({ input }) => input)).toEqual([
      { SecretId: "arn", VersionStage: "AWSCURRENT" },
      { SecretId: "arn", VersionStage: "AWSPREVIOUS" },
    ]);
  });

  test("has both tokens for 24 hours after a rotation, then only the new one", async () => {
    rotate("new", NOW);
    expect(await tokens(NOW + 1)).toEqual(["new", "old"]);
    expect(await tokens(NOW + DAY - 1)).toEqual(["new", "old"]);
    expect(await tokens(NOW + DAY)).toEqual(["new"]);
  });

  test("ends the overlap on time, without reading the secret again", async () => {
    rotate("new", NOW - DAY + MINUTE);
    expect(await tokens(NOW)).toEqual(["new", "old"]);
    expect(await tokens(NOW + MINUTE)).toEqual(["new"]);
    expect(reads()).toBe(1);
  });

  test("reads the secret at most once every five minutes", async () => {
    for (const age of [0, 1, 4 * MINUTE, 5 * MINUTE - 1]) await tokens(NOW + age);
    expect(reads()).toBe(1);
    rotate("new", NOW);
    expect(await tokens(NOW + 5 * MINUTE)).toEqual(["new", "old"]);
    expect(reads()).toBe(2);
    await tokens(NOW + 10 * MINUTE - 1);
    expect(reads()).toBe(2);
  });

  test("returns the tokens that were valid when a request was received", async () => {
    rotate("new", NOW);
    const later = NOW + DAY + MINUTE;
    expect(await tokens(later)).toEqual(["new"]);
    expect(await tokens(later, NOW + DAY - 1)).toEqual(["new", "old"]);
    expect(await tokensAfterMismatch(later, NOW + DAY - 1)).toEqual(["new", "old"]);
  });

  test("reads the previous token only while a request that was signed with it may still be waiting", async () => {
    rotate("new", NOW);
    const longestWait = 14 * DAY;
    const received = NOW + DAY - 1;
    expect(await tokens(NOW + DAY + longestWait, received)).toEqual(["new", "old"]);
    expect(endpoint.calls.length).toBe(2);
    expect(await tokens(NOW + DAY + longestWait + 5 * MINUTE)).toEqual(["new"]);
    expect(endpoint.calls.length).toBe(3);
  });

  test("shares one read among concurrent callers", async () => {
    const results = await Promise.all([tokens(NOW), tokens(NOW), tokensAfterMismatch(NOW), tokensAfterMismatch(NOW)]);
    expect(results).toEqual([["old"], ["old"], ["old"], ["old"]]);
    expect(reads()).toBe(1);
  });

  test("learns a new token immediately when a signature does not match", async () => {
    await tokens(NOW);
    rotate("new", NOW + 1);
    expect(await tokensAfterMismatch(NOW + 2)).toEqual(["new", "old"]);
    expect(await tokens(NOW + 3)).toEqual(["new", "old"]);
  });

  test("reads the secret at most once every 30 seconds, however many wrong signatures arrive", async () => {
    await tokens(NOW);
    for (let age = 0; age < 30_000; age += 100) {
      const found = await tokensAfterMismatch(NOW + age);
      expect(found).toEqual(age === 0 ? ["old"] : undefined);
    }
    expect(reads()).toBe(2);
    await tokensAfterMismatch(NOW + 30_000);
    expect(reads()).toBe(3);
  });

  test("fails after a mismatch while the secret cannot be read, because the token may have changed", async () => {
    await tokens(NOW);
    fault = awsFault(400, "AccessDeniedException");
    for (let age = 0; age < 30_000; age += 1_000) {
      await expect(tokensAfterMismatch(NOW + age)).rejects.toThrow("AccessDeniedException");
    }
    expect(reads()).toBe(2);
    expect(await tokens(NOW + 1)).toEqual(["old"]);
    fault = undefined;
    expect(await tokensAfterMismatch(NOW + 30_000)).toEqual(["old"]);
    expect(await tokensAfterMismatch(NOW + 30_001)).toBeUndefined();
  });

  test("fails while it has no token, and recovers with the next call", async () => {
    fault = awsFault(400, "AccessDeniedException");
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
    fault = undefined;
    expect(await tokens(NOW)).toEqual(["old"]);
  });

  test("keeps its token while the secret cannot be read, and retries after 30 seconds", async () => {
    await tokens(NOW);
    fault = awsFault(400, "AccessDeniedException");
    expect(await tokens(NOW + 5 * MINUTE)).toEqual(["old"]);
    expect(stale).toEqual([expect.stringContaining("AccessDeniedException")]);
    fault = undefined;
    rotate("new", NOW);
    expect(await tokens(NOW + 5 * MINUTE + 29_999)).toEqual(["old"]);
    expect(await tokens(NOW + 5 * MINUTE + 30_000)).toEqual(["new", "old"]);
  });

  test("does not mistake a failed read of the previous token for its absence", async () => {
    rotate("new", NOW);
    const respond = endpoint.fail;
    endpoint.fail = (call) =>
      call.input["VersionStage"] === "AWSPREVIOUS" ? awsFault(400, "AccessDeniedException") : respond(call);
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
  });

  test.each(["", undefined])("rejects the token %o, with which anyone could sign", async (SecretString) => {
    fault = { status: 200, body: JSON.stringify({ SecretString, CreatedDate: 1 }) };
    await expect(tokens(NOW)).rejects.toThrow("no token in the secret's string");
  });

  test("ignores an empty previous token", async () => {
    secret = { current: "new", previous: "", createdAt: NOW };
    expect(await tokens(NOW)).toEqual(["new"]);
  });
});
