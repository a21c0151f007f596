import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A message to the worker process. */
export interface ToWorker {
  readonly id: string;
  readonly event: unknown;
}

/** A message from the worker process. */
export type FromWorker =
  | { readonly type: "started" }
  | { readonly type: "start-failed"; readonly cause: string }
  | { readonly type: "result"; readonly id: string; readonly result: unknown }
  | { readonly type: "failed"; readonly id: string; readonly cause: string };

/** A function and how to run it. */
export interface FunctionDefinition {
  /** Its name in error messages. */
  readonly name: string;
  /** The bundle's file. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long an invocation may take before the function is killed. */
  readonly timeoutMilliseconds: number;
}

/** Thrown when an invocation has no result: the function threw, crashed, timed out or did not start. */
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
  /** Why it ended, once it has. */
  ended?: string;
}

const WORKER = fileURLToPath(new URL("./function-worker.mjs", import.meta.url));

/**
 * Runs a function in a process of its own, as Lambda does: only with its own environment variables, killed when it takes
 * too long, and started again by the next invocation. Unlike Lambda, it runs invocations concurrently.
 */
export class FunctionProcess {
  readonly #definition: FunctionDefinition;
  readonly #onLine: (line: string) => void;
  #worker: Worker | undefined;

  /**
   * @param onLine called for every line that the function writes
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
   * Starts the function unless it is running.
   *
   * @throws {FunctionError} when its code can't be loaded
   */
  async start(): Promise<void> {
    this.#worker ??= this.#launch();
    await this.#worker.started;
  }

  /**
   * Invokes the function.
   *
   * @returns the handler's result
   * @throws {FunctionError} when there is none; the next invocation starts a new process if need be
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

  /** Kills the process, and waits until every line it wrote has been told. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const closed = new Promise((resolve) => worker.child.once("close", resolve));
    this.#kill(worker, `${this.#definition.name} was stopped`);
    await closed;
  }

  /** Kills the process in the middle of what it does, as Lambda does when memory runs out; its invocations fail. */
  crash(): void {
    if (this.#worker) this.#kill(this.#worker, `${this.#definition.name} was killed`);
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
    // Callers of start() get the failure; without one it must not end this process as an unhandled rejection.
    started.catch(() => {});
    const worker: Worker = { child, started, invocations };
    return worker;
  }

  /** Kills a worker and fails its invocations; the next invocation starts another worker. */
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
