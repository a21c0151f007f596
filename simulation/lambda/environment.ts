import crypto from "node:crypto";
import net from "node:net";
import type { Timer, VirtualClock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Bundle, Handler } from "./bundle.ts";
import { createHttpModule, type Network } from "./http.ts";

/** How an environment behaves. */
export interface EnvironmentOptions {
  readonly bundle: Bundle;
  readonly variables: Readonly<Record<string, string>>;
  /** How far the wall clock is ahead, in milliseconds. It may change. */
  readonly clockError: () => number;
  /** Whether the monotonic clock stands still while the environment is frozen. Both occur. */
  readonly freezesClock: boolean;
  /** Receives the lines of the log. */
  readonly onLine: (line: string) => void;
}

/** What an environment depends on. */
export interface EnvironmentDependencies {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly random: Random;
}

/**
 * One of Lambda's execution environments: runs one invocation at a time, is frozen in between, and may end at any moment
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 *
 * The bundle notices time and chance through this object only. Whatever it waits for passes through {@link resume}.
 */
export class ExecutionEnvironment {
  readonly #dependencies: EnvironmentDependencies;
  readonly #options: EnvironmentOptions;
  readonly #startedAt: number;
  #handler: Handler | undefined;
  #state: "running" | "frozen" | "ended" = "running";
  #frozenAt = 0;
  #frozenFor = 0;
  readonly #waiting: (() => void)[] = [];
  /** How many more steps it takes: things it does to the world, and answers it gets. */
  #stepsLeft = Number.POSITIVE_INFINITY;
  #line = "";
  /** Timers and requests that are under way. */
  pending = 0;
  /** Called when the environment ends in the middle of an invocation. */
  onEnd: (() => void) | undefined;

  constructor(options: EnvironmentOptions, dependencies: EnvironmentDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#startedAt = dependencies.clock.now();
  }

  /** Whether the bundle ran up to its handler. */
  get hasStarted(): boolean {
    return this.#handler !== undefined;
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /**
   * Runs the bundle up to its handler: Lambda's INIT phase. Never settles if the environment ends meanwhile.
   *
   * @throws {Error} what the bundle throws
   */
  async start(): Promise<void> {
    this.#handler = await this.#options.bundle(this.#globals());
  }

  /**
   * Hands one event to the handler.
   *
   * @returns the handler's result, which counts only if the environment has not ended meanwhile; may never settle if it has
   * @throws {Error} when the environment has not started
   */
  invoke(event: unknown): Promise<unknown> {
    return this.#handler?.(event) ?? Promise.reject(new Error("the environment has not started"));
  }

  /** Stops everything inside until {@link thaw}. */
  freeze(): void {
    if (this.#state !== "running") return;
    this.#state = "frozen";
    this.#frozenAt = this.#dependencies.clock.now();
  }

  thaw(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    this.#frozenFor += this.#dependencies.clock.now() - this.#frozenAt;
    for (const callback of this.#waiting.splice(0)) this.resume(callback);
  }

  /** Ends the environment at once: nothing inside happens any more. */
  end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.onEnd?.();
  }

  /**
   * Ends the environment after some more steps, each of which is something it does to the world, or something it learns: a timer
   * went off, a connection is open, an answer is there. Between two steps it awaits nothing, so this is any await.
   */
  endAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  /** @returns whether the environment lives to take this step */
  step(): boolean {
    if (this.#state === "ended") return false;
    this.#stepsLeft -= 1;
    if (this.#stepsLeft >= 0) return true;
    this.end();
    return false;
  }

  /** Lets something happen inside: at once, when the environment thaws, or never if it has ended. */
  resume(callback: () => void): void {
    if (this.#state === "frozen") this.#waiting.push(callback);
    else if (this.step()) callback();
  }

  #globals() {
    const { clock, random } = this.#dependencies;
    const now = () => clock.now() + this.#options.clockError();
    const math = Object.create(Math, { random: { value: () => random.fraction() } }) as Math;
    return {
      process: {
        env: this.#options.variables,
        stdout: { write: (text: string) => this.#write(text) },
        getBuiltinModule: (name: string) => this.#builtin(name),
      },
      Date: class extends Date {
        constructor(...given: [] | [number | string]) {
          super(...((given.length === 0 ? [now()] : given) as [number]));
        }
        static override now() {
          return now();
        }
      } as unknown as DateConstructor,
      performance: { now: () => this.#monotonicTime() },
      setTimeout: (callback: () => void, milliseconds: number) => this.#setTimeout(callback, milliseconds),
      clearTimeout: (timer: EnvironmentTimer | undefined) => this.#clearTimeout(timer),
      Math: math,
    };
  }

  #monotonicTime(): number {
    return this.#dependencies.clock.now() - this.#startedAt - (this.#options.freezesClock ? this.#frozenFor : 0);
  }

  /**
   * Node.js truncates a delay, and takes 1 ms if it is less or does not fit into 31 bits
   * (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
   */
  #setTimeout(callback: () => void, milliseconds: number): EnvironmentTimer {
    const delay = milliseconds >= 1 && milliseconds <= LONGEST_DELAY_MS ? Math.trunc(milliseconds) : 1;
    const timer = { isSet: true, dueAt: this.#monotonicTime() + delay, callback, timer: undefined };
    this.pending += 1;
    this.#arm(timer);
    return timer;
  }

  /** Lets a timer go off when the monotonic clock says so, which may have stood still meanwhile. */
  #arm(timer: EnvironmentTimer): void {
    timer.timer = this.#dependencies.clock.after(timer.dueAt - this.#monotonicTime(), () =>
      this.resume(() => {
        if (!timer.isSet) return;
        if (this.#monotonicTime() < timer.dueAt) {
          this.#arm(timer);
          return;
        }
        this.#clearTimeout(timer);
        timer.callback();
      }),
    );
  }

  #clearTimeout(timer: EnvironmentTimer | undefined): void {
    if (!timer?.isSet) return;
    timer.isSet = false;
    this.pending -= 1;
    this.#dependencies.clock.cancel(timer.timer);
  }

  #builtin(name: string): unknown {
    if (name === "node:crypto") return this.#crypto();
    // Lists of addresses, without any network.
    if (name === "node:net") return net;
    if (name === "node:http" || name === "node:https") return createHttpModule(this, this.#dependencies);
    throw new Error(`the bundle uses ${name}, which the simulation does not provide`);
  }

  #crypto(): object {
    const { random } = this.#dependencies;
    return Object.create(crypto, { randomUUID: { value: () => random.uuid() } }) as object;
  }

  #write(text: string): boolean {
    if (!this.step()) return false;
    const lines = `${this.#line}${text}`.split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#options.onLine(line);
    return true;
  }
}

const LONGEST_DELAY_MS = 2 ** 31 - 1;

interface EnvironmentTimer {
  isSet: boolean;
  /** By the monotonic clock. */
  readonly dueAt: number;
  readonly callback: () => void;
  timer: Timer | undefined;
}
