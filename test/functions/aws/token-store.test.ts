import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JsonClient, SECRETS_MANAGER } from "../../../functions/aws/json-client.ts";
import { TokenStore } from "../../../functions/aws/token-store.ts";
import { awsFault, type Fault, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CREATED = Date.UTC(2026, 0, 1);
const NOW = CREATED + 2 * DAY;

/** What Secrets Manager holds, and how often its current version was read. */
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
/** The tokens that are valid at a time, asked for at that time or later. */
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
  test("knows one token while the secret was never rotated", async () => {
    expect(await tokens(NOW)).toEqual(["old"]);
    expect(endpoint.calls.map(({ input }) => input)).toEqual([
      { SecretId: "arn", VersionStage: "AWSCURRENT" },
      { SecretId: "arn", VersionStage: "AWSPREVIOUS" },
    ]);
  });

  test("knows both tokens for 24 hours after a rotation, then the new one alone", async () => {
    rotate("new", NOW);
    expect(await tokens(NOW + 1)).toEqual(["new", "old"]);
    expect(await tokens(NOW + DAY - 1)).toEqual(["new", "old"]);
    expect(await tokens(NOW + DAY)).toEqual(["new"]);
  });

  test("ends the overlap on time, without reading the secret", async () => {
    rotate("new", NOW - DAY + MINUTE);
    expect(await tokens(NOW)).toEqual(["new", "old"]);
    expect(await tokens(NOW + MINUTE)).toEqual(["new"]);
    expect(reads()).toBe(1);
  });

  test("reads the secret once in five minutes", async () => {
    for (const age of [0, 1, 4 * MINUTE, 5 * MINUTE - 1]) await tokens(NOW + age);
    expect(reads()).toBe(1);
    rotate("new", NOW);
    expect(await tokens(NOW + 5 * MINUTE)).toEqual(["new", "old"]);
    expect(reads()).toBe(2);
    await tokens(NOW + 10 * MINUTE - 1);
    expect(reads()).toBe(2);
  });

  test("judges what was received earlier by the tokens of that time", async () => {
    rotate("new", NOW);
    const later = NOW + DAY + MINUTE;
    expect(await tokens(later)).toEqual(["new"]);
    expect(await tokens(later, NOW + DAY - 1)).toEqual(["new", "old"]);
    expect(await tokensAfterMismatch(later, NOW + DAY - 1)).toEqual(["new", "old"]);
  });

  test("reads the previous token only while a request may be at hand that was signed with it", async () => {
    rotate("new", NOW);
    const longestWait = 14 * DAY;
    const received = NOW + DAY - 1;
    expect(await tokens(NOW + DAY + longestWait, received)).toEqual(["new", "old"]);
    expect(endpoint.calls.length).toBe(2);
    expect(await tokens(NOW + DAY + longestWait + 5 * MINUTE)).toEqual(["new"]);
    expect(endpoint.calls.length).toBe(3);
  });

  test("lets all who ask at the same time share one read", async () => {
    const all = await Promise.all([tokens(NOW), tokens(NOW), tokensAfterMismatch(NOW), tokensAfterMismatch(NOW)]);
    expect(all).toEqual([["old"], ["old"], ["old"], ["old"]]);
    expect(reads()).toBe(1);
  });

  test("learns of a new token at once when a signature does not fit", async () => {
    await tokens(NOW);
    rotate("new", NOW + 1);
    expect(await tokensAfterMismatch(NOW + 2)).toEqual(["new", "old"]);
    expect(await tokens(NOW + 3)).toEqual(["new", "old"]);
  });

  test("can't be made to read more than once in 30 seconds by wrong signatures", async () => {
    await tokens(NOW);
    for (let age = 0; age < 30_000; age += 100) {
      const answer = await tokensAfterMismatch(NOW + age);
      expect(answer).toEqual(age === 0 ? ["old"] : undefined);
    }
    expect(reads()).toBe(2);
    await tokensAfterMismatch(NOW + 30_000);
    expect(reads()).toBe(3);
  });

  test("says that it does not know, rather than that a signature is wrong, while the secret can't be read", async () => {
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

  test("says so when it has no token, and heals with the next call", async () => {
    fault = awsFault(400, "AccessDeniedException");
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
    fault = undefined;
    expect(await tokens(NOW)).toEqual(["old"]);
  });

  test("keeps the token it has while the secret can't be read, and tries again after 30 seconds", async () => {
    await tokens(NOW);
    fault = awsFault(400, "AccessDeniedException");
    expect(await tokens(NOW + 5 * MINUTE)).toEqual(["old"]);
    expect(stale).toEqual([expect.stringContaining("AccessDeniedException")]);
    fault = undefined;
    rotate("new", NOW);
    expect(await tokens(NOW + 5 * MINUTE + 29_999)).toEqual(["old"]);
    expect(await tokens(NOW + 5 * MINUTE + 30_000)).toEqual(["new", "old"]);
  });

  test("does not take a failed read of the previous token for its absence", async () => {
    rotate("new", NOW);
    const answer = endpoint.fail;
    endpoint.fail = (call) =>
      call.input["VersionStage"] === "AWSPREVIOUS" ? awsFault(400, "AccessDeniedException") : answer(call);
    await expect(tokens(NOW)).rejects.toThrow("AccessDeniedException");
  });

  test.each(["", undefined])("refuses a token of %o, with which anybody could sign", async (SecretString) => {
    fault = { status: 200, body: JSON.stringify({ SecretString, CreatedDate: 1 }) };
    await expect(tokens(NOW)).rejects.toThrow("no token in the secret's string");
  });

  test("does not accept an empty previous token", async () => {
    secret = { current: "new", previous: "", createdAt: NOW };
    expect(await tokens(NOW)).toEqual(["new"]);
  });
});
