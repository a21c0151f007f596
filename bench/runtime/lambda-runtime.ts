import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { close, listen } from "../../local/server.ts";
import { memory } from "./process-usage.ts";

/** The function's memory in MB: the stack's default. */
export const MEMORY_SIZE_MB = 256;

// The options that Lambda's bootstrap derives from the memory size.
const NODE_OPTIONS = [
  "--expose-gc",
  "--max-http-header-size=81920",
  `--max-semi-space-size=${Math.floor(MEMORY_SIZE_MB / 20)}`,
  `--max-old-space-size=${MEMORY_SIZE_MB - Math.floor(MEMORY_SIZE_MB / 10)}`,
];

const RUNTIME_CLIENT = createRequire(import.meta.url).resolve("aws-lambda-ric");

/** The function to run, and how to run it. */
export interface LambdaRuntimeOptions {
  /** The file that exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * How many invocations the function handles at a time, as on Lambda Managed Instances.
   *
   * @default 1
   */
  readonly concurrency?: number;
  /** Additional options for Node.js. */
  readonly nodeOptions?: readonly string[];
}

/** The result of one invocation. Times are in milliseconds. */
export interface InvocationResult {
  readonly reply: unknown;
  /** From the event to its reply. */
  readonly wall: number;
  /** CPU time of the process from its start to the reply. */
  readonly cpu: number;
}

interface PendingInvocation {
  readonly event: object;
  readonly resolve: (result: InvocationResult) => void;
  readonly reject: (error: Error) => void;
  readonly startedAt: number;
}

/**
 * Runs a function in a separate process under AWS's runtime client, and serves the Runtime API for it
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
 */
export class LambdaRuntime {
  readonly #options: LambdaRuntimeOptions;
  readonly #server: Server;
  #process: ChildProcess | undefined;
  #output = "";
  #outputBytes = 0;
  #invocationCount = 0;
  readonly #queue: PendingInvocation[] = [];
  readonly #running = new Map<string, PendingInvocation>();
  readonly #idle: ServerResponse[] = [];
  /** CPU time at the end of INIT. */
  #initialised = Promise.withResolvers<number>();

  constructor(options: LambdaRuntimeOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#serveRuntimeApi(request, response));
  }

  /** The process id; `NaN` before the start. */
  get pid(): number {
    return this.#process?.pid ?? Number.NaN;
  }

  /** The bytes that the function has logged so far. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /**
   * Starts the function.
   *
   * @returns the milliseconds of CPU time until the end of INIT
   * @throws {Error} when the function exits during INIT
   */
  async start(): Promise<number> {
    const { nodeOptions = [] } = this.#options;
    const runtimeApi = new URL(await listen(this.#server)).host;
    const preload = join(import.meta.dirname, "rapid-client.cjs");
    this.#process = spawn(process.execPath, [...NODE_OPTIONS, ...nodeOptions, "--require", preload, RUNTIME_CLIENT], {
      env: lambdaVariables(this.#options, runtimeApi),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk) => {
        this.#output = (this.#output + chunk).slice(-2_000);
        this.#outputBytes += Buffer.byteLength(chunk);
      });
    }
    this.#process.once("exit", (code, signal) => {
      this.#fail(new Error(`The function exited (${code ?? signal}): ${this.#output}`));
    });
    return this.#initialised.promise;
  }

  /**
   * Invokes the function.
   *
   * @throws {Error} when the function fails or exits
   */
  invoke(event: object): Promise<InvocationResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ event, resolve, reject, startedAt: performance.now() });
      this.#dispatch();
    });
  }

  /** The most memory that the process has held, in MB. */
  peakMemory(): Promise<number> {
    return memory(this.pid, "VmHWM");
  }

  /** Kills the function. */
  async stop(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#end();
  }

  /** Lets the function exit, so that Node.js writes its profile: the runtime client exits when its API is gone. */
  async finish(): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once("close", resolve));
    this.#process?.removeAllListeners("exit");
    await close(this.#server);
    await ended;
  }

  async #serveRuntimeApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // /2018-06-01/runtime/invocation/next, /2018-06-01/runtime/invocation/ID/response or error, or /…/init/error
    const [, , , , id = "", action] = request.url?.split("/") ?? [];
    const body = await text(request);
    const cpu = Number(request.headers["bench-cpu"]) / 1000;
    if (id === "next") {
      this.#initialised.resolve(cpu);
      this.#idle.push(response);
      this.#dispatch();
      return;
    }
    response.writeHead(202).end();
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    if (action === "response") {
      invocation?.resolve({ reply: JSON.parse(body), wall: performance.now() - invocation.startedAt, cpu });
    } else {
      this.#fail(new Error(`The function failed: ${body}`), invocation);
    }
    // The client may have asked for the next event before this reply arrived.
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#running.size < (this.#options.concurrency ?? 1)) {
      const invocation = this.#queue.shift();
      if (invocation === undefined) return;
      this.#invocationCount += 1;
      const id = `00000000-0000-4000-8000-${String(this.#invocationCount).padStart(12, "0")}`;
      this.#running.set(id, invocation);
      const headers = {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": id,
        "lambda-runtime-deadline-ms": String(Date.now() + 6_000),
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:bench",
        // Sampled at X-Ray's default rate.
        "lambda-runtime-trace-id": `Root=1-00000000-${String(this.#invocationCount).padStart(24, "0")};Parent=0000000000000001;Sampled=${this.#invocationCount % 20 === 0 ? 1 : 0}`,
      };
      this.#idle.shift()?.writeHead(200, headers).end(JSON.stringify(invocation.event));
    }
  }

  #fail(error: Error, invocation?: PendingInvocation): void {
    this.#initialised.reject(error);
    for (const { reject } of invocation ? [invocation] : [...this.#running.values(), ...this.#queue]) reject(error);
  }
}

function lambdaVariables(
  { bundle, environment, concurrency }: LambdaRuntimeOptions,
  runtimeApi: string,
): Record<string, string> {
  return {
    ...environment,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: dirname(bundle),
    _HANDLER: `${basename(bundle, extname(bundle))}.handler`,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_SIZE_MB),
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/bench",
    AWS_LAMBDA_LOG_STREAM_NAME: "bench",
    ...(concurrency !== undefined && {
      AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency),
      AWS_LAMBDA_NODEJS_WORKER_COUNT: "1",
    }),
  };
}
