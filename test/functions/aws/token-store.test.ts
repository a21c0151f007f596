import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AwsError } from "../../../functions/aws/aws-error.ts";
import { TokenStore } from "../../../functions/aws/token-store.ts";
import { SecretVersions } from "../../../local/secret-versions.ts";
import { secretsClient } from "../../support/secrets-client.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/** How long the tokens that wrong signatures are compared with may be known. */
const INTERVAL = 5 * SECOND;

let secret: SecretVersions;
/** The versions that were read, in order. */
let reads: string[];
/** An answer that replaces Secrets Manager's, or an error. */
let fault: ((stage: string) => unknown) | undefined;
let stale: string[];
let store: TokenStore;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  secret = new SecretVersions("old");
  pass(2 * DAY);
  reads = [];
  fault = undefined;
  stale = [];
  const client = secretsClient((stage) => {
    reads.push(stage);
    return fault?.(stage) ?? secret.get(stage);
  });
  store = new TokenStore(client, "arn", DAY / 1000, (error) => stale.push(String(error)));
});

afterEach(() => void vi.useRealTimers());

/** Lets time pass on both clocks. */
const pass = (milliseconds: number) => void vi.advanceTimersByTime(milliseconds);
/** Changes the wall clock only. */
const setWallClock = (change: number) => void vi.setSystemTime(Date.now() + change);
const currentToken = () => store.currentToken(0);
const freshTokens = (validAt = Date.now()) => store.freshTokens(validAt, 0);
const deny = () => {
  throw new AwsError("AccessDeniedException", "no");
};
const answerTo =
  (stage: string, answer: unknown): typeof fault =>
  (asked) =>
    asked === stage ? answer : undefined;

describe("The current token", () => {
  test("is read once in five minutes", async () => {
    for (const wait of [0, 1, 4 * MINUTE, MINUTE - 2]) {
      pass(wait);
      expect(await currentToken()).toBe("old");
    }
    expect(reads).toEqual(["AWSCURRENT"]);
    secret.put("new");
    pass(1);
    expect(await currentToken()).toBe("new");
    pass(5 * MINUTE - 1);
    await currentToken();
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
  });

  test("is known from then on if a wrong signature led to it", async () => {
    await currentToken();
    secret.put("new");
    await freshTokens();
    expect(await currentToken()).toBe("new");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("stays in use while the secret cannot be read, which is tried every 5 s", async () => {
    await currentToken();
    fault = deny;
    for (let attempts = 1; attempts <= 3; attempts += 1) {
      pass(attempts === 1 ? 5 * MINUTE : 1);
      for (const wait of [0, 1, INTERVAL - 2]) {
        pass(wait);
        expect(await currentToken()).toBe("old");
      }
      expect(stale).toEqual(Array(attempts).fill("AwsError: AccessDeniedException: no"));
    }
    fault = undefined;
    secret.put("new");
    pass(1);
    expect(await currentToken()).toBe("new");
  });

  test("that was never known is read again after 0.5 s, then less often, down to every 5 s, however many requests arrive", async () => {
    fault = deny;
    const readAt: number[] = [];
    for (let age = 0; age <= 20_000; age += 100) {
      const before = reads.length;
      await expect(currentToken()).rejects.toThrow("AccessDeniedException");
      if (reads.length > before) readAt.push(age);
      pass(100);
    }
    expect(readAt).toEqual([0, 500, 1_500, 3_500, 7_500, 12_500, 17_500]);
  });

  test("that was never known is known half a second after a blip, and read as usual from then on", async () => {
    fault = deny;
    await expect(currentToken()).rejects.toThrow("AccessDeniedException");
    fault = undefined;
    pass(499);
    await expect(currentToken()).rejects.toThrow("AccessDeniedException");
    pass(1);
    expect(await currentToken()).toBe("old");
    pass(5 * MINUTE - 1);
    await currentToken();
    expect(reads.length).toBe(2);
  });

  test("is read again by the first callback if it could not be read at start-up", async () => {
    fault = deny;
    await expect(store.warmUp(0)).rejects.toThrow("AccessDeniedException");
    fault = undefined;
    expect(await currentToken()).toBe("old");
  });

  test("is read at start-up for the callbacks that follow", async () => {
    await store.warmUp(0);
    await currentToken();
    expect(reads).toEqual(["AWSCURRENT"]);
  });
});

describe("The tokens that a wrong signature is compared with", () => {
  test("are one if the secret was never changed", async () => {
    expect(await freshTokens()).toEqual(["old"]);
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("are both for 24 hours after a change, then only the new one", async () => {
    secret.put("new");
    expect(await freshTokens()).toEqual(["new", "old"]);
    pass(DAY - 1);
    expect(await freshTokens()).toEqual(["new", "old"]);
    pass(1);
    expect(await freshTokens()).toEqual(["new"]);
  });

  test("are those that were valid when the request was received", async () => {
    secret.put("new");
    const changedAt = Date.now();
    pass(60 * DAY);
    expect(await freshTokens(changedAt + DAY - 1)).toEqual(["new", "old"]);
    expect(await freshTokens(changedAt + DAY)).toEqual(["new"]);
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("no longer include the old one after the new one was stored twice", async () => {
    secret.put("new");
    secret.put("new");
    expect(await freshTokens()).toEqual(["new", "new"]);
  });

  test("include the newer one for 24 hours after its creation if the older one was made current again", async () => {
    pass(60 * DAY);
    secret.put("new");
    pass(MINUTE);
    secret.moveBack();
    expect(await freshTokens()).toEqual(["old", "new"]);
    pass(DAY - MINUTE);
    expect(await freshTokens()).toEqual(["old"]);
  });

  test("are read at once after five quiet seconds", async () => {
    await freshTokens();
    secret.put("new");
    pass(INTERVAL);
    expect(await freshTokens()).toEqual(["new", "old"]);
  });

  test("are read at most once in 5 s, however many wrong signatures arrive", async () => {
    for (let age = 0; age < INTERVAL; age += 100) {
      expect(await freshTokens()).toEqual(["old"]);
      pass(100);
    }
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    await freshTokens();
    expect(reads.length).toBe(4);
  });

  test("are unknown after a failed read, because the token may have changed, and tried again after 0.5 s", async () => {
    await currentToken();
    fault = deny;
    for (let age = 0; age < 500; age += 100) {
      await expect(freshTokens()).rejects.toThrow("AccessDeniedException");
      expect(await currentToken()).toBe("old");
      pass(100);
    }
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
    fault = undefined;
    expect(await freshTokens()).toEqual(["old"]);
  });
});

describe("A read", () => {
  test("is shared among concurrent callers", async () => {
    expect(await Promise.all([currentToken(), currentToken()])).toEqual(["old", "old"]);
    expect(await Promise.all([freshTokens(), freshTokens()])).toEqual([["old"], ["old"]]);
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test.each<[string, number, number]>([
    ["the wall clock is set back", -60 * MINUTE, 0],
    ["the monotonic clock stands still while Lambda freezes the environment", 0, 5 * MINUTE],
  ])("is due on time although %s", async (_how, change, frozen) => {
    await freshTokens();
    await currentToken();
    secret.put("new");
    setWallClock(change + frozen);
    pass(5 * MINUTE - frozen);
    expect(await currentToken()).toBe("new");
    expect(await freshTokens()).toEqual(["new", "old"]);
  });

  test("is due at once after the wall clock was set back, if the monotonic clock stood still meanwhile", async () => {
    await freshTokens();
    await currentToken();
    secret.put("new");
    setWallClock(-60 * MINUTE);
    expect(await currentToken()).toBe("new");
    expect(await freshTokens()).toEqual(["new", "old"]);
  });

  const NO_TOKENS = [
    {},
    [],
    { SecretString: null },
    { SecretString: 7 },
    { SecretString: ["old"] },
    { SecretBinary: "b2xk" },
  ];

  test.each(NO_TOKENS)(
    "of the current token fails with the answer %j, which would make the token easy to guess",
    async (answer) => {
      fault = answerTo("AWSCURRENT", answer);
      await expect(currentToken()).rejects.toThrow("no token in the secret's string");
      await expect(freshTokens()).rejects.toThrow("no token in the secret's string");
    },
  );

  test.each(NO_TOKENS.filter((answer) => !("SecretBinary" in answer)))(
    "of the previous token fails with the answer %j: it says nothing about the previous one",
    async (answer) => {
      secret.put("new");
      fault = answerTo("AWSPREVIOUS", answer);
      await expect(freshTokens()).rejects.toThrow("no token in the secret's string");
      expect(await currentToken()).toBe("new");
    },
  );

  test("of the previous token that is denied does not mean that there is none", async () => {
    secret.put("new");
    fault = (stage) => (stage === "AWSPREVIOUS" ? deny() : undefined);
    await expect(freshTokens()).rejects.toThrow("AccessDeniedException");
  });

  test("fails if the current token is empty, with which anyone could sign", async () => {
    secret.put("");
    await expect(currentToken()).rejects.toThrow("the secret's string is empty");
    await expect(freshTokens()).rejects.toThrow("the secret's string is empty");
  });

  test("of a version without a creation date does not keep the previous token valid", async () => {
    const [current, previous] = [{ SecretString: "new" }, { SecretString: "old" }];
    fault = (stage) => (stage === "AWSCURRENT" ? current : previous);
    expect(await freshTokens()).toEqual(["new"]);
  });

  test("are both known if the older version becomes current between the two reads", async () => {
    secret.put("new");
    fault = (stage) => {
      if (stage === "AWSPREVIOUS") secret.moveBack();
      return undefined;
    };
    expect(await freshTokens()).toEqual(["old", "new"]);
  });

  test("asks for the store's secret, by the caller's deadline", async () => {
    const calls: unknown[] = [];
    const client = {
      async call<Output>(operation: string, input: object, deadline: number) {
        calls.push([operation, input, deadline]);
        return { SecretString: `token ${calls.length}` } as Output;
      },
    };
    const otherStore = new TokenStore(client, "other arn", 0, () => {});
    await otherStore.currentToken(600);
    await otherStore.freshTokens(0, 700);
    const expected = (VersionStage: string, deadline: number) => [
      "GetSecretValue",
      { SecretId: "other arn", VersionStage },
      deadline,
    ];
    expect(calls).toEqual([expected("AWSCURRENT", 600), expected("AWSCURRENT", 700), expected("AWSPREVIOUS", 700)]);
  });

  test("ignores a binary previous token, which an operator may have stored by mistake", async () => {
    fault = answerTo("AWSPREVIOUS", { SecretBinary: "b2xk", CreatedDate: Date.now() / 1000 });
    expect(await freshTokens()).toEqual(["old"]);
  });

  test("that ends late does not bring back an older token", async () => {
    const [slow, fast] = [Promise.withResolvers<object>(), Promise.withResolvers<object>()];
    const answers = [slow.promise, fast.promise, Promise.resolve({ SecretString: "old" })];
    const client = { call: async <Output>() => (await answers.shift()) as Output };
    const racing = new TokenStore(client, "arn", 0, () => {});
    const [current, all] = [racing.currentToken(0), racing.freshTokens(0, 0)];
    fast.resolve({ SecretString: "new" });
    expect(await all).toEqual(["new"]);
    slow.resolve({ SecretString: "old" });
    await current;
    expect(await racing.currentToken(0)).toBe("new");
  });

  test("ignores an empty previous token", async () => {
    secret.put("");
    secret.put("new");
    expect(await freshTokens()).toEqual(["new"]);
  });
});
