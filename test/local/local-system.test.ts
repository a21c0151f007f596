import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FunctionProcess } from "../../local/function-process.ts";
import { type LocalSystem, startLocalSystem } from "../../local/local-system.ts";
import { nowInSeconds, READ_REPORT, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";

const failures: string[] = [];
let system: LocalSystem;
let callbackFunction: FunctionProcess;

beforeAll(async () => {
  const observer = {
    exchange: () => {},
    message: () => {},
    log: () => {},
    failure: ({ message }: Error) => failures.push(message),
  };
  system = await startLocalSystem({ sdkAppId: SDK_APP_ID, port: 0, token: TOKEN }, observer);
  [callbackFunction] = [...system.functions.values()] as [FunctionProcess];
});

afterAll(() => system.close());

async function post() {
  const url = `${system.outputs["CallbackUrl"]}?${signedQuery(nowInSeconds())}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(READ_REPORT) });
  return { status: response.status, reply: (await response.json()) as object };
}

describe("The local system, when the function", () => {
  test("hangs, answers 500 after the function's 10 s, tells the cause, and serves the next request", async () => {
    process.kill(callbackFunction.pid ?? Number.NaN, "SIGSTOP");
    expect(await post()).toEqual({ status: 500, reply: { message: "Internal Server Error" } });
    expect(failures).toEqual([
      expect.stringMatching(/^ChatEventsCallbackFunction\w+ took longer than 10 s and was killed$/),
    ]);
    expect((await post()).status).toBe(200);
  });

  test("is killed between two requests, serves the next with a new process", async () => {
    const { pid = Number.NaN } = callbackFunction;
    process.kill(pid, "SIGKILL");
    await expect.poll(() => callbackFunction.pid).toBeUndefined();
    expect((await post()).status).toBe(200);
    expect(callbackFunction.pid).not.toBe(pid);
  });
});
