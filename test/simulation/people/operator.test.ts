import { beforeAll, describe, expect, test } from "vitest";
import { SimulatedAws } from "../../../simulation/aws.ts";
import { relayVariables } from "../../../simulation/existing-handler.ts";
import { HttpApi } from "../../../simulation/lambda/api.ts";
import { Deployment } from "../../../simulation/lambda/deployment.ts";
import { Operator } from "../../../simulation/people/operator.ts";
import { Tencent } from "../../../simulation/people/tencent.ts";
import { OPERATOR_ACTIONS, type OperatorAction } from "../../../simulation/plan.ts";
import { readStack, type StackDefinition } from "../../../simulation/stack.ts";
import { REPORT } from "../../support/callbacks.ts";
import { exampleEvent } from "../../support/example-event.ts";
import { eventLine, requestLine } from "../../support/replay.ts";
import { createFunction, createWorld, planOf } from "../../support/simulated-world.ts";

const MINUTE = 60_000;

let stack: StackDefinition;
beforeAll(async () => {
  stack = await readStack("fifo");
});

/** An operator of a stack that has done nothing yet. */
function createOperator() {
  const world = createWorld();
  const { clock, history } = world;
  history.tokens.push({ value: "first", storedAt: clock.now() });
  const aws = new SimulatedAws(stack, "first", () => false, world);
  const { lambda, deployed } = createFunction(world, "const handler = async () => ({ statusCode: 200 })");
  const deployment = new Deployment(deployed.version, stack.canary, world);
  const saved: { readonly token: string; readonly at: number }[] = [];
  const tencent = new Tencent(planOf(), "first", { ...world, api: new HttpApi(lambda, stack.throttle, world) });
  tencent.saveToken = (token) => void saved.push({ token, at: clock.now() - start });
  const start = clock.now();
  const operator = new Operator({ ...world, aws, tencent, deployment });
  const act = (kind: OperatorAction["kind"]) => clock.runUntil(operator.act({ kind, at: MINUTE, pause: 2 * MINUTE }));
  const logged = (line: string) => {
    const lines = [{ at: clock.now(), text: line.trimEnd() }];
    history.environments.push({
      ...{
        id: history.environments.length + 1,
        functionName: "callback",
        startedAt: start,
        isMisconfigured: false,
        variables: {},
      },
      ...{ lines, invocations: [], startCalls: [] },
    });
  };
  const secret = () => ["AWSCURRENT", "AWSPREVIOUS"].map((stage) => aws.secret.get(stage as "AWSCURRENT").SecretString);
  return {
    ...{ aws, deployment, deployed, history, saved, act, logged, secret, operator, clock },
    elapsed: () => clock.now() - start,
  };
}

describe("The operator", () => {
  test.each(OPERATOR_ACTIONS)("acts at the time: %s", async (kind) => {
    const { act, elapsed, aws } = createOperator();
    aws.secret.put("second");
    await act(kind);
    expect(elapsed()).toBeGreaterThanOrEqual(MINUTE);
  });

  test("rotates the token: first in the secret, then in Tencent's console", async () => {
    const { act, history, saved, secret } = createOperator();
    await act("rotates the token");
    const [current] = secret();
    expect(secret()).toEqual([current, "first"]);
    expect(current).toMatch(/^token-[\da-f-]{36}$/);
    expect(saved).toEqual([{ token: current, at: 3 * MINUTE }]);
    expect(history.tokens.map(({ value }) => value)).toEqual(["first", current]);
  });

  test("revokes the token: three minutes after Tencent got the new one, it is no longer the previous", async () => {
    const { act, history, saved, secret, elapsed } = createOperator();
    await act("revokes the token");
    const [current] = secret();
    expect(secret()).toEqual([current, current]);
    expect(saved).toEqual([{ token: current, at: 3 * MINUTE }]);
    expect(elapsed()).toBe(6 * MINUTE);
    expect(history.tokens.map(({ value }) => value)).toEqual(["first", current, current]);
  });

  test("goes back to the previous token", async () => {
    const { act, aws, history, saved, secret } = createOperator();
    aws.secret.put("second");
    await act("makes the previous token current again");
    expect(secret()).toEqual(["first", "second"]);
    expect(saved).toEqual([{ token: "first", at: 3 * MINUTE }]);
    expect(history.tokens.map(({ value }) => value)).toEqual(["first", "first"]);
  });

  test("deploys a new version", async () => {
    const { act, deployed, deployment, elapsed } = createOperator();
    await act("deploys");
    expect(elapsed()).toBe(MINUTE + stack.canary.milliseconds);
    expect(deployment.choose()).not.toBe(deployed.version);
    expect(deployment.choose().isMisconfigured).toBe(false);
  });

  test("starts and stops relaying", async () => {
    const { act, deployment } = createOperator();
    await act("starts relaying");
    expect(deployment.choose().variables).toEqual(relayVariables("all"));
    await act("stops relaying");
    expect(deployment.choose().variables).toEqual({});
  });

  test("notices a broken configuration, and goes back", async () => {
    const { act, deployed, deployment, elapsed } = createOperator();
    await act("deploys a broken configuration");
    expect(elapsed()).toBe(3 * MINUTE);
    expect(deployment.choose()).toBe(deployed.version);
  });

  test("puts back what only the log has, once", async () => {
    const { act, aws, history, logged } = createOperator();
    logged(eventLine(exampleEvent({ Report_Account: "first" })));
    logged(requestLine());
    logged(requestLine(REPORT, { SdkAppid: "1499999999" }));
    await act("replays the log");
    expect(aws.events.size).toBe(2);
    expect(history.operatorOutput).toHaveLength(1);
    logged(eventLine(exampleEvent({ Report_Account: "second" })));
    let arrivals = 0;
    aws.events.onSent = () => {
      arrivals += 1;
    };
    await act("replays the log");
    expect(arrivals).toBe(1);
    expect(aws.events.messages().map(({ Body }) => /first|second|alice/.exec(Body)?.[0])).toEqual([
      ...["first", "alice", "second"],
    ]);
  });

  test("moves dead letters back to where they came from", async () => {
    const { act, aws } = createOperator();
    for (const { name, deadLetterQueue } of stack.queues) {
      if (deadLetterQueue === undefined) continue;
      const ids = deadLetterQueue.endsWith(".fifo") && { MessageGroupId: "a", MessageDeduplicationId: "1" };
      aws.queues.get(deadLetterQueue)?.send({ MessageBody: `from ${name}`, ...ids });
    }
    await act("moves dead letters back");
    expect(aws.events.messages().map(({ Body }) => Body)).toEqual([`from ${aws.events.name}`]);
    expect(aws.standby.messages().map(({ Body }) => Body)).toEqual([`from ${aws.standby.name}`]);
  });
});
