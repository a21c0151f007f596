import type { VirtualClock } from "../clock.ts";
import type { EnvironmentRecord, History, InvocationRecord } from "../history.ts";
import type { Random } from "../random.ts";
import type { Bundle } from "./bundle.ts";
import { ExecutionEnvironment } from "./environment.ts";
import type { Network } from "./http.ts";
import type { Mishap, Mishaps } from "./mishaps.ts";

/** A version of a function: its code and configuration. */
export interface FunctionVersion {
  readonly bundle: Bundle;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether its configuration is broken. */
  readonly isMisconfigured: boolean;
}

/** How a function is run. */
export interface FunctionOptions {
  readonly name: "callback" | "republish";
  readonly timeoutMilliseconds: number;
  /** Chooses the version for an invocation. */
  version(): FunctionVersion;
  /** Chooses what happens to invocations and clocks. */
  readonly mishaps: Mishaps;
}

/** What a function depends on. */
export interface FunctionDependencies {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly random: Random;
  readonly history: History;
  /** Remembers an environment's record, for the network. */
  register(environment: ExecutionEnvironment, record: EnvironmentRecord): void;
}

/** The result of an invocation: what the handler returned, or why there is nothing. */
export type InvocationResult =
  | { readonly outcome: "returned"; readonly value: unknown; readonly record: InvocationRecord }
  | { readonly outcome: "ended" | "timed out" | "failed"; readonly record: InvocationRecord }
  | { readonly outcome: "throttled" };

interface LiveEnvironment {
  readonly environment: ExecutionEnvironment;
  readonly record: EnvironmentRecord;
  readonly version: FunctionVersion;
  /** When Lambda ends it, in Unix milliseconds, if it is idle then. */
  expiresAt: number;
}

/**
 * Lambda ends environments that were idle for a while; it documents neither how long, nor how long a cold start takes before
 * the first line of the bundle runs (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 */
const IDLE_MS = [5 * 60_000, 45 * 60_000] as const;
const COLD_START_MS = [100, 900] as const;
/** INIT may take ten seconds (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib). */
const LONGEST_INIT_MS = 10_000;

/**
 * A function on Lambda: each environment handles one invocation at a time, further ones start further environments
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). An environment goes on after an error of the handler,
 * which the runtime reports, but not after a time-out
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke).
 */
export class LambdaFunction {
  readonly #options: FunctionOptions;
  readonly #dependencies: FunctionDependencies;
  #idle: LiveEnvironment[] = [];

  constructor(options: FunctionOptions, dependencies: FunctionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Invokes the function, and waits for the result. The clock throws when a start takes longer than Lambda allows. */
  async invoke(event: object): Promise<InvocationResult> {
    const mishap = this.#options.mishaps.next();
    if (mishap.isThrottled) return { outcome: "throttled" };
    const version = this.#options.version();
    return this.#run(this.#take(version) ?? (await this.#start(version, mishap)), event, mishap);
  }

  #take(version: FunctionVersion): LiveEnvironment | undefined {
    const now = this.#dependencies.clock.now();
    for (const live of this.#idle.filter(({ expiresAt }) => expiresAt <= now)) this.#end(live);
    this.#idle = this.#idle.filter(({ expiresAt }) => expiresAt > now);
    // Lambda prefers the environment that was used last.
    const index = this.#idle.findLastIndex((live) => live.version === version);
    if (index < 0) return undefined;
    const [live] = this.#idle.splice(index, 1);
    live?.environment.thaw();
    return live;
  }

  async #start(version: FunctionVersion, { endsAfter }: Mishap): Promise<LiveEnvironment> {
    const { clock, random, history, register } = this.#dependencies;
    const { name, mishaps } = this.#options;
    await clock.sleep(random.between(...COLD_START_MS));
    const record: EnvironmentRecord = {
      id: history.environments.length + 1,
      functionName: name,
      startedAt: clock.now(),
      isMisconfigured: version.isMisconfigured,
      variables: version.variables,
      lines: [],
      invocations: [],
      startCalls: [],
    };
    history.environments.push(record);
    const environment = new ExecutionEnvironment(
      {
        bundle: version.bundle,
        variables: version.variables,
        clockError: () => mishaps.clockError(record),
        freezesClock: random.chance(0.5),
        onLine: (text) => this.#log(record, text),
      },
      { ...this.#dependencies, random: random.fork(`environment ${record.id}`) },
    );
    register(environment, record);
    history.trace?.(`${name} ${record.id} starts`);
    if (endsAfter !== undefined) environment.endAfter(endsAfter);
    // The clock throws it, because the caller of the function may have given up.
    const tooLate = clock.after(LONGEST_INIT_MS + 1, () => {
      throw new Error(`the start of ${name} takes more than ${LONGEST_INIT_MS} ms: Lambda would repeat it`);
    });
    await new Promise<void>((resolve) => {
      environment.onEnd = resolve;
      environment.start().then(resolve, (error: unknown) => {
        history.trace?.(`${name} ${record.id} fails to start: ${error}`);
        resolve();
      });
    });
    clock.cancel(tooLate);
    return { environment, record, version, expiresAt: 0 };
  }

  async #run(live: LiveEnvironment, event: object, { endsAfter, isLast }: Mishap): Promise<InvocationResult> {
    const { clock, random, history } = this.#dependencies;
    const { environment, record } = live;
    const invocation: InvocationRecord = {
      environment: record,
      startedAt: clock.now(),
      calls: [],
      relayed: [],
      logBytes: 0,
      leftPending: 0,
    };
    record.invocations.push(invocation);
    // One that started with this invocation may have ended already.
    if (endsAfter !== undefined && !environment.hasEnded) environment.endAfter(endsAfter);
    const outcome = await this.#settle(environment, event);
    invocation.endedAt = clock.now();
    invocation.outcome = outcome.kind;
    invocation.leftPending = environment.pending;
    history.trace?.(`${this.#options.name} ${record.id} ${outcome.kind} ${JSON.stringify(outcome.value) ?? ""}`);
    environment.freeze();
    live.expiresAt = clock.now() + random.between(...IDLE_MS);
    // After an error of its handler, an environment goes on; after an error of its start, a time-out or its end, it does not.
    if (isLast || endsAfter !== undefined || !environment.hasStarted || environment.hasEnded) this.#end(live);
    else this.#idle.push(live);
    if (outcome.kind !== "returned") return { outcome: outcome.kind, record: invocation };
    invocation.result = outcome.value as InvocationRecord["result"];
    return { outcome: "returned", value: outcome.value, record: invocation };
  }

  /** Waits for the handler, for the environment's end, or for the function's time-out. */
  #settle(environment: ExecutionEnvironment, event: object) {
    const { clock } = this.#dependencies;
    type Outcome = { readonly kind: NonNullable<InvocationRecord["outcome"]>; readonly value?: unknown };
    if (environment.hasEnded) return Promise.resolve<Outcome>({ kind: "ended" });
    return new Promise<Outcome>((resolve) => {
      const settle = (outcome: Outcome) => {
        clock.cancel(timer);
        environment.onEnd = undefined;
        resolve(outcome);
      };
      const timer = clock.after(this.#options.timeoutMilliseconds, () => {
        settle({ kind: "timed out" });
        environment.end();
      });
      environment.onEnd = () => settle({ kind: "ended" });
      // Lambda passes events and results as JSON.
      environment.invoke(JSON.parse(JSON.stringify(event))).then(
        (value) => {
          if (!environment.hasEnded) settle({ kind: "returned", value: JSON.parse(JSON.stringify(value ?? null)) });
        },
        (error: unknown) => {
          if (!environment.hasEnded) settle({ kind: "failed", value: String(error) });
        },
      );
    });
  }

  #end({ environment, record }: LiveEnvironment): void {
    environment.onEnd = undefined;
    environment.end();
    record.endedAt = this.#dependencies.clock.now();
  }

  #log(record: EnvironmentRecord, text: string): void {
    record.lines.push({ at: this.#dependencies.clock.now(), text });
    const invocation = record.invocations.at(-1);
    if (invocation && invocation.endedAt === undefined) invocation.logBytes += Buffer.byteLength(text) + 1;
    this.#dependencies.history.trace?.(`${this.#options.name} ${record.id} logs ${text}`);
  }
}
