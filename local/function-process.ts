import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What the worker process is told. */
export interface ToWorker {
  readonly id: string;
  readonly event: unknown;
}

/** What the worker process tells. */
export type FromWorker =
  | { readonly type: "started" }
  | { readonly type: "start-failed"; readonly cause: string }
  | { readonly type: "result"; readonly id: string; readonly result: unknown }
  | { readonly type: "failed"; readonly id: string; readonly cause: string };

/** A function and what it runs with. */
export interface FunctionDefinition {
  /** Its name, for messages. */
  readonly name: string;
  /** The bundle's file. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long an invocation may take. */
  readonly timeoutMilliseconds: number;
}

/** Thrown when an invocation has no result: the function threw, crashed, took too long or did not start. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
}

interface PendingInvocation {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: FunctionError) => void;
  readonly timer: NodeJS.Timeout;
}

interface Worker {
  readonly child: ChildProcess;
  /** Rejects when the function does not start. */
  readonly started: Promise<void>;
  readonly invocations: Map<string, PendingInvocation>;
  /** Why it is dead, once it is. */
  ended?: string;
}

const WORKER = fileURLToPath(new URL("./function-worker.mjs", import.meta.url));

/**
 * A function in a process of its own, as Lambda runs it: with nothing but its own environment, killed when it takes too
 * long, and replaced at the next invocation once it is dead. Unlike Lambda's, it takes invocations at the same time.
 */
export class FunctionProcess {
  readonly #definition: FunctionDefinition;
  readonly #onLine: (line: string) => void;
  #worker: Worker | undefined;

  /**
   * @param definition the function
   * @param onLine is told every line the function writes
   */
  constructor(definition: FunctionDefinition, onLine: (line: string) => void) {
    this.#definition = definition;
    this.#onLine = onLine;
  }

  /** The worker's process id, while there is one. */
  get pid(): number | undefined {
    return this.#worker?.child.pid;
  }

  /**
   * Starts the function, if it is not running.
   *
   * @throws {FunctionError} when its code can't be loaded
   */
  async start(): Promise<void> {
    this.#worker ??= this.#launch();
    await this.#worker.started;
  }

  /**
   * Calls the function.
   *
   * @throws {FunctionError} saying what went wrong; the next call finds a working process again
   */
  async invoke(event: unknown): Promise<unknown> {
    const { name, timeoutMilliseconds } = this.#definition;
    this.#worker ??= this.#launch();
    const worker = this.#worker;
    await worker.started;
    if (worker.ended !== undefined) throw new FunctionError(worker.ended);
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const timer = setTimeout(() => {
        this.#kill(worker, `${name} took longer than ${timeoutMilliseconds / 1000} s and was killed`);
      }, timeoutMilliseconds);
      worker.invocations.set(id, { resolve, reject, timer });
      worker.child.send({ id, event } satisfies ToWorker, (error) => {
        if (error) this.#kill(worker, `${name} can't be reached: ${error.message}`);
      });
    });
  }

  /** Ends the function's process, when every line it wrote has been told. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const closed = new Promise((resolve) => worker.child.once("close", resolve));
    this.#kill(worker, `${this.#definition.name} was stopped`);
    await closed;
  }

  #launch(): Worker {
    const { name, bundle, environment } = this.#definition;
    const child = fork(WORKER, [pathToFileURL(bundle).href], {
      env: environment,
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on("line", this.#onLine);
    }
    const invocations: Worker["invocations"] = new Map();
    const started = new Promise<void>((resolve, reject) => {
      child.on("message", (message: FromWorker) => {
        if (message.type === "started") return resolve();
        if (message.type === "start-failed") {
          reject(new FunctionError(`${name} did not start: ${message.cause}`));
          this.#kill(worker, `${name} did not start`);
          return;
        }
        const invocation = invocations.get(message.id);
        if (invocation === undefined) return;
        invocations.delete(message.id);
        clearTimeout(invocation.timer);
        if (message.type === "result") invocation.resolve(message.result);
        else invocation.reject(new FunctionError(`${name} failed: ${message.cause}`));
      });
      const end = (reason: string) => {
        reject(new FunctionError(`${name} did not start: it ended with ${reason}`));
        this.#kill(worker, `${name} crashed with ${reason}`);
      };
      child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
      child.once("error", (error) => end(error.message));
    });
    // Whoever waits for the start hears of its failure; if nobody does, that is no reason to end.
    started.catch(() => {});
    const worker: Worker = { child, started, invocations };
    return worker;
  }

  /** Gives up a worker and everything it was doing; the next invocation starts another. */
  #kill(worker: Worker, reason: string): void {
    if (this.#worker === worker) this.#worker = undefined;
    worker.ended ??= reason;
    worker.child.kill("SIGKILL");
    for (const { reject, timer } of worker.invocations.values()) {
      clearTimeout(timer);
      reject(new FunctionError(worker.ended));
    }
    worker.invocations.clear();
  }
}
