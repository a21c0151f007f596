import { VirtualClock } from "../../simulation/clock.ts";
import { type EnvironmentRecord, emptyHistory } from "../../simulation/history.ts";
import { type Bundle, compileBundle } from "../../simulation/lambda/bundle.ts";
import type { ExecutionEnvironment } from "../../simulation/lambda/environment.ts";
import { LambdaFunction } from "../../simulation/lambda/function.ts";
import type { Network } from "../../simulation/lambda/http.ts";
import { Mishaps } from "../../simulation/lambda/mishaps.ts";
import type { LambdaFault, Plan } from "../../simulation/plan.ts";
import { Random } from "../../simulation/random.ts";
import { STARTS_AT, type World } from "../../simulation/world.ts";

/** A world at its beginning. */
export function createWorld(seed = 1): World {
  return { clock: new VirtualClock(STARTS_AT), random: new Random(seed), history: emptyHistory() };
}

/** A bundle that ends as esbuild's do. */
export function bundleOf(code: string): Bundle {
  return compileBundle(`${code};export{handler as handler};`, "test");
}

/** A network whose services all answer alike, one millisecond after a request. */
export function answeringNetwork({ clock }: World, statusCode: number, text: string): Network {
  return {
    connect: () => 1,
    isStale: () => false,
    exchange: (_environment, _request, respond) => void clock.after(1, () => respond({ statusCode, text })),
  };
}

/** How a function of a test is run. */
interface TestFunctionOptions {
  readonly faults?: readonly LambdaFault[];
  readonly network?: Network;
  readonly timeoutMilliseconds?: number;
}

/** A function with some code, its version, and what is remembered of its environments. */
export function createFunction(
  world: World,
  code: string,
  { faults = [], network = answeringNetwork(world, 200, "{}"), timeoutMilliseconds = 10_000 }: TestFunctionOptions = {},
) {
  const records = new Map<ExecutionEnvironment, EnvironmentRecord>();
  const deployed = { version: { bundle: bundleOf(code), variables: {}, isMisconfigured: false } };
  const lambda = new LambdaFunction(
    { name: "callback", timeoutMilliseconds, version: () => deployed.version, mishaps: new Mishaps(faults, world) },
    { ...world, network, register: (environment, record) => records.set(environment, record) },
  );
  return { lambda, records, deployed };
}

/** A fault that lasts all day. */
export function allDay(name: LambdaFault["name"], share = 1): LambdaFault {
  return { name, share, from: 0, duration: 86_400_000 };
}

/** A plan in which nothing goes wrong, and nothing happens unless it is asked for. */
export function planOf(changes: Partial<Plan> = {}): Plan {
  return {
    ...{ seed: 1, destination: "fifo", relayed: "none", callbacks: 0, flows: [], attacks: [] },
    ...{ serviceFaults: [], lambdaFaults: [], operator: [], edges: [0], repeatsOnTimeout: true },
    consumer: { duration: 50, failing: 0, poison: 0 },
    ...changes,
  };
}
