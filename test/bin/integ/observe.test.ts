import { describe, expect, test } from "vitest";
import type { Account, Settings } from "../../../bin/integ/account.ts";
import { observe, observeDestruction, type Row, toReport } from "../../../bin/integ/observe.ts";
import { BrokenPromise, Run } from "../../../bin/integ/run.ts";

let time = 0;
const ACCOUNT = {
  now: () => time,
  usage: () => ({ callbacks: 1, queueRequests: 2, hours: 1, resources: {} }),
} as Account;

async function itIsDeployed() {
  time += 90_000;
  return "deployed";
}
const somethingBreaks = async () => {
  throw new BrokenPromise("a|b\u001b[2J");
};
const somethingThrows = async () => {
  throw new TypeError("no such method");
};

const OK_ANSWER = { status: 200, summary: "answered with 200", errorInfo: "", isOk: true, milliseconds: 1 };

const neverInterrupted = new AbortController().signal;
const verdicts = (rows: readonly Row[]) => rows.map(({ promise, verdict }) => `${promise}: ${verdict}`);

describe("A run", () => {
  test("goes on after a broken promise and after an error, and says what it saw", async () => {
    const shown: Row[] = [];
    const steps = [itIsDeployed, somethingBreaks, somethingThrows, itIsDeployed];
    const rows = await observe(steps, new Run(ACCOUNT), neverInterrupted, (row) => shown.push(row));
    expect(shown).toEqual(rows);
    expect(verdicts(rows)).toEqual([
      "It is deployed: kept",
      "Something breaks: FAILED",
      "Something throws: FAILED",
      "It is deployed: kept",
    ]);
    expect(rows[2]?.observation).toBe("could not be observed: TypeError: no such method");
  });

  test("waits in the next step for events that are open, unless they are reported already", async () => {
    const account: Account = { ...ACCOUNT, post: async () => OK_ANSWER };
    const run = new Run(account);
    const missing: number[] = [];
    const sends = (end: () => Promise<string>) =>
      async function somethingIsSent() {
        await run.send();
        missing.push(run.ledger.missing);
        return end();
      };
    await observe([sends(itIsDeployed), sends(somethingBreaks), sends(itIsDeployed)], run, neverInterrupted, () => {});
    expect(missing).toEqual([1, 2, 1]);
  });

  test("ends if the first step fails, as there is nothing to observe", async () => {
    const rows = await observe([somethingBreaks, itIsDeployed], new Run(ACCOUNT), neverInterrupted, () => {});
    expect(verdicts(rows)).toEqual(["Something breaks: FAILED", "It is deployed: not observed"]);
  });

  test("ends when it is interrupted", async () => {
    const interruption = new AbortController();
    const rows = await observe([itIsDeployed, itIsDeployed], new Run(ACCOUNT), interruption.signal, () =>
      interruption.abort(),
    );
    expect(verdicts(rows)).toEqual(["It is deployed: kept", "It is deployed: not observed"]);
  });

  test("goes back to exactly the settings before the last deployment, and from there on", async () => {
    const deployed: Settings[] = [];
    const deploy: Account["deploy"] = async (settings) => {
      deployed.push(settings);
      return { outcome: "deployed", failedType: "", reason: "" };
    };
    const run = new Run({ ...ACCOUNT, deploy });
    await run.deploy({ destination: "bus" });
    await run.deploy({ destination: "queue" });
    await run.goBack();
    await run.deploy();
    expect(deployed).toMatchObject([{}, { destination: "queue" }, {}, { destination: "bus" }]);
    expect(deployed[2]).toEqual({ ...deployed[0], deployment: "forced" });
    expect(new Set(deployed.map((settings) => settings["clockSkewSeconds"])).size).toBe(3);
  });

  test("deploys at once after a deployment got stuck, so that the next step finds a stack that can be deployed", async () => {
    const calls: (Settings | "rolled back")[] = [];
    const outcomes = ["deployed", "stuck", "deployed", "deployed", "stuck", "deployed"] as const;
    const run = new Run({
      ...ACCOUNT,
      async deploy(settings) {
        const outcome = outcomes[calls.filter((call) => call !== "rolled back").length] ?? "deployed";
        calls.push(settings);
        return { outcome, failedType: "", reason: "" };
      },
      async rollBack() {
        calls.push("rolled back");
        return true;
      },
    });
    await run.deploy({ destination: "queue" });
    await run.deploy({ destination: "bus" });
    await run.deploy({ destination: "bus" });
    await run.deploy({ authentication: "none" });
    await run.retry();
    const forced = { deployment: "forced" };
    expect(calls).toMatchObject([
      ...[{ destination: "queue" }, { destination: "bus" }],
      ...["rolled back", { ...forced, destination: "queue" }, { destination: "bus" }],
      ...[{ authentication: "none" }, "rolled back", { ...forced, destination: "bus" }, { authentication: "none" }],
    ]);
    expect(calls.at(-1)).toEqual(calls.at(-4));
  });

  test("names an error while destroying", async () => {
    const row = await observeDestruction({ ...ACCOUNT, destroy: somethingThrows });
    expect(row).toMatchObject({ verdict: "FAILED", observation: "left: TypeError: no such method" });
  });

  test("ends with a table in Markdown, its duration and its cost", async () => {
    const rows = await observe([itIsDeployed, somethingBreaks], new Run(ACCOUNT), neverInterrupted, () => {});
    expect(toReport(rows, ACCOUNT)).toEqual([
      "| Promise | Observation | Verdict |",
      "|---|---|---|",
      "| It is deployed | deployed | kept |",
      "| Something breaks | a\\|b\\u001b[2J | FAILED |",
      "",
      "Duration: 90 s",
      expect.stringMatching(/^Cost at list prices: \$\d+\.\d\d for 1 callback and 60 min of the stack$/),
    ]);
  });
});
