import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { observe, observeDestruction, observeStep, toSentence } from "../../../bin/integ/observe.ts";
import { Run } from "../../../bin/integ/run.ts";
import { callbacksWaitOnStandbyWhileTheDestinationDeniesAccess } from "../../../bin/integ/steps/standby.ts";
import { STEPS, type Step } from "../../../bin/integ/steps.ts";
import { TOKEN } from "../../support/callbacks.ts";
import { type LocalAccount, startLocalAccount } from "../../support/local-account.ts";
import { type Fault, PROMISE_BREAKERS } from "../../support/promise-breakers.ts";

describe("npm run integ, over the local system instead of an account", () => {
  let account: LocalAccount;

  beforeAll(async () => {
    account = await startLocalAccount();
  });
  afterAll(() => account.close());

  test("sees every promise kept", async () => {
    const rows = await observe(STEPS, new Run(account), new AbortController().signal, () => {});
    rows.push(await observeDestruction(account));
    expect(rows.filter(({ verdict }) => verdict !== "kept")).toEqual([]);
    expect(rows.length).toBe(STEPS.length + 1);
    // Whether the check, the canary or something else rejected the version, only the reason says.
    const rejections = rows.filter(({ promise }) => / rejects a version /.test(promise));
    const observation = expect.stringMatching(/^rolled back after .*[^;] \(CodeDeploy rolled back\); \d+ callbacks/);
    expect(rejections).toMatchObject([{ observation }, { observation }]);
    // No token, and no signature.
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${TOKEN}|[0-9a-f]{32}|Sign=`));
  });
});

/** The steps that a step follows, because it goes on where they end. */
const EARLIER: Readonly<Record<string, readonly Step[]>> = {
  standbyEmptiesOnItsOwnAndLosesNothing: [callbacksWaitOnStandbyWhileTheDestinationDeniesAccess],
};

const CASES = STEPS.flatMap((step) =>
  Object.entries(PROMISE_BREAKERS[step.name] ?? {}).map(
    ([name, [fault, observation]]) => [toSentence(step.name), name, step, fault, observation] as const,
  ),
);

test("Every promise has a fault here that breaks it", () => {
  expect(STEPS.filter(({ name }) => Object.keys(PROMISE_BREAKERS[name] ?? {}).length === 0)).toEqual([]);
});

describe("A promise is FAILED:", () => {
  let account: LocalAccount;

  beforeAll(async () => {
    account = await startLocalAccount();
    await account.deploy({});
  });
  afterEach(() => account.reset());
  afterAll(() => account.close());

  test.each(CASES)("%s, if %s", async (_promise, _name, step: Step, fault: Fault, observation: RegExp) => {
    const faulty = { ...account };
    const run = new Run(faulty);
    run.token = TOKEN;
    for (const earlier of EARLIER[step.name] ?? []) await earlier(run);
    Object.assign(faulty, fault(account));
    expect(await observeStep(step, run)).toMatchObject({
      verdict: "FAILED",
      observation: expect.stringMatching(observation),
    });
  });

  test("Nothing remains, if something could not be deleted", async () => {
    const left = { ...account, destroy: async () => ["AWS::SQS::Queue https://queue (AccessDenied: no)"] };
    expect(await observeDestruction(left)).toMatchObject({
      verdict: "FAILED",
      observation: expect.stringMatching(/^left: AWS::SQS::Queue /),
    });
  });
});
