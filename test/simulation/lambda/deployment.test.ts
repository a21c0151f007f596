import { describe, expect, test } from "vitest";
import { RELAYED_COMMANDS } from "../../../simulation/app.ts";
import { HANDLER_URL } from "../../../simulation/existing-handler.ts";
import { Deployment } from "../../../simulation/lambda/deployment.ts";
import type { FunctionVersion } from "../../../simulation/lambda/function.ts";
import { bundleOf, createWorld } from "../../support/simulated-world.ts";

const MINUTE = 60_000;
const CANARY = { share: 0.1, milliseconds: 5 * MINUTE };
const STABLE: FunctionVersion = {
  bundle: bundleOf("const handler = async () => 1"),
  variables: { TOKEN_SECRET_ARN: "arn", SDK_APP_ID: "1400000001" },
  isMisconfigured: false,
};

function createDeployment() {
  const { clock, random } = createWorld();
  const deployment = new Deployment(STABLE, CANARY, { clock, random });
  /** The versions of a thousand callbacks, by how many each has. */
  const choose = () =>
    Array.from(
      Map.groupBy(
        Array.from({ length: 1_000 }, () => deployment.choose()),
        (version) => version,
      ),
      ([version, all]) => ({ version, callbacks: all.length }),
    ).toSorted((one, other) => other.callbacks - one.callbacks);
  const passTo = (time: number) => clock.runUntil(clock.sleep(time));
  return { deployment, choose, passTo };
}

describe("A deployment", () => {
  test("sends the canary's share to a new version of the same code, and the rest after its time", async () => {
    const { deployment, choose, passTo } = createDeployment();
    expect(choose()).toEqual([{ version: STABLE, callbacks: 1_000 }]);
    const deployed = deployment.deploy();
    await passTo(CANARY.milliseconds - 1);
    const [most, few] = choose();
    expect(most?.version).toBe(STABLE);
    expect(few?.version).toEqual(STABLE);
    expect(few?.version).not.toBe(STABLE);
    expect(few && few.callbacks > 50 && few.callbacks < 150).toBe(true);
    await passTo(1);
    await deployed;
    expect(choose()).toEqual([{ version: few?.version, callbacks: 1_000 }]);
    expect(choose()[0]?.version).toBe(few?.version);
  });

  test("may start or stop relaying, and otherwise changes no variable", async () => {
    const { deployment, choose, passTo } = createDeployment();
    const variables: unknown[] = [];
    for (const relayed of ["some", undefined, "all", "none"] as const) {
      deployment.deploy(relayed);
      await passTo(CANARY.milliseconds);
      variables.push(choose()[0]?.version.variables);
    }
    const all = { ...STABLE.variables, RELAY_URL: HANDLER_URL.href };
    const some = { ...all, RELAY_COMMANDS: RELAYED_COMMANDS };
    expect(variables).toEqual([some, some, all, STABLE.variables]);
  });

  test.each([
    ["when its alarm goes off", 2 * MINUTE, 2 * MINUTE],
    ["when the canary's time is over, at the latest", 10 * MINUTE, CANARY.milliseconds],
  ])("of a broken configuration is rolled back %s", async (_what, pause, end) => {
    const { deployment, choose, passTo } = createDeployment();
    deployment.deployBroken(pause);
    await passTo(end - 1);
    const [, broken] = choose();
    expect(broken?.version.isMisconfigured).toBe(true);
    expect(broken?.version.variables).not.toEqual(STABLE.variables);
    expect(broken?.version.bundle).toBe(STABLE.bundle);
    await passTo(1);
    expect(choose()).toEqual([{ version: STABLE, callbacks: 1_000 }]);
  });

  test.each([
    ["in use", { RELAY_URL: HANDLER_URL.href }, true],
    ["not in use", {}, false],
  ])("of a broken configuration may break relaying while it is %s", (_what, variables, expected) => {
    const broken = Array.from({ length: 50 }, (_, seed) => {
      const deployment = new Deployment({ ...STABLE, variables }, CANARY, createWorld(seed));
      deployment.deployBroken(MINUTE, 1);
      return deployment.choose().variables as Readonly<Record<string, string | undefined>>;
    });
    const isRelayBroken = broken.some(({ RELAY_URL = HANDLER_URL.href, RELAY_COMMANDS }) => {
      return RELAY_URL !== HANDLER_URL.href || RELAY_COMMANDS !== undefined;
    });
    expect(isRelayBroken).toBe(expected);
  });

  test("of a broken configuration may take all callbacks, and the next one its share again", async () => {
    const { deployment, choose, passTo } = createDeployment();
    const deployed = deployment.deployBroken(MINUTE, 1);
    expect(choose()).toMatchObject([{ version: { isMisconfigured: true }, callbacks: 1_000 }]);
    await passTo(MINUTE);
    await deployed;
    expect(choose()).toEqual([{ version: STABLE, callbacks: 1_000 }]);
    deployment.deployBroken(MINUTE);
    expect(choose()[0]?.version).toBe(STABLE);
  });

  test.each([
    ["of the same code", (deployment: Deployment) => deployment.deploy()],
    ["of a broken configuration", (deployment: Deployment) => deployment.deployBroken(4 * MINUTE)],
  ])("does nothing during another one: %s", async (_what, deploy) => {
    const { deployment, choose, passTo } = createDeployment();
    deployment.deployBroken(4 * MINUTE);
    await passTo(MINUTE);
    const [, broken] = choose();
    await deploy(deployment);
    expect(choose().map(({ version }) => version)).toEqual([STABLE, broken?.version]);
    await passTo(10 * MINUTE);
    expect(choose()).toEqual([{ version: STABLE, callbacks: 1_000 }]);
  });
});
