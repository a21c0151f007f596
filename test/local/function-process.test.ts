import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { FunctionProcess } from "../../local/function-process.ts";
import { listen } from "../../local/server.ts";

/** A function with the given source. */
async function functionOf(source: string, timeoutMilliseconds = 30_000) {
  const folder = await mkdtemp(join(tmpdir(), "function-process-"));
  const bundle = join(folder, "index.mjs");
  await writeFile(bundle, source);
  const lines: string[] = [];
  const definition = { name: "fn", bundle, environment: { GREETING: "hello" }, timeoutMilliseconds };
  const process = new FunctionProcess(definition, (line) => lines.push(line));
  onTestFinished(async () => {
    await process.stop();
    await rm(folder, { recursive: true });
  });
  return { process, lines, definition };
}

const OBEDIENT = `export async function handler({ order }) {
  console.log(order);
  if (order === "throw") throw new Error("as ordered");
  if (order === "crash") process.exit(7);
  if (order === "hang") for (;;);
  if (order === "wait") return new Promise(() => {});
  return order;
}`;

/** For what happens within milliseconds, unless the machine is busy. */
const WAITING = { timeout: 30_000 };

afterEach(() => vi.restoreAllMocks());

describe("A function's process", () => {
  test("has only the function's environment", async () => {
    const { process } = await functionOf("export const handler = async () => process.env;");
    expect(await process.invoke({})).toEqual(expect.objectContaining({ GREETING: "hello" }));
    expect(await process.invoke({})).not.toHaveProperty("PATH");
  });

  test("tells every line that the function writes, from the first", async () => {
    const { process, lines } = await functionOf(
      "console.log('INIT'); export const handler = async () => { console.log('one\\ntwo'); console.error('three'); };",
    );
    await process.invoke({});
    await process.stop();
    expect(lines.toSorted()).toEqual(["INIT", "one", "three", "two"]);
  });

  test("serves many at a time", async () => {
    const { process } = await functionOf(OBEDIENT);
    const orders = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(orders.map((order) => process.invoke({ order })))).toEqual(orders);
  });

  test.each([
    ["throw", /^fn failed: Error: as ordered\n/],
    ["crash", /^fn crashed with exit code 7$/],
  ])("that is told to %s says why, and the next invocation works", async (order, message) => {
    const { process } = await functionOf(OBEDIENT);
    await expect(process.invoke({ order })).rejects.toThrow(message);
    expect(await process.invoke({ order: "go on" })).toBe("go on");
  });

  test.each(["hang", "wait"])(
    "that is told to %s is killed when its time is over, says why, and the next invocation works",
    async (order) => {
      const { process, lines } = await functionOf(OBEDIENT, 29_500);
      const timers = vi.spyOn(globalThis, "setTimeout");
      const result = expect(process.invoke({ order })).rejects.toThrow(/^fn took longer than 29\.5 s and was killed$/);
      await vi.waitUntil(() => lines.includes(order), WAITING);
      const [runOut] = timers.mock.calls.find(([, delay]) => delay === 29_500) ?? [];
      (runOut as () => void)();
      await result;
      expect(await process.invoke({ order: "go on" })).toBe("go on");
    },
  );

  test.each([
    ["throws", "throw new Error('at start');", /^fn did not start: Error: at start\n/],
    ["exits", "process.exit(3);", /^fn did not start: it ended with exit code 3$/],
    ["can't be parsed", "export const handler = ;", /^fn did not start: .*SyntaxError/s],
  ])("whose code %s does not start, and says why each time", async (_how, source, message) => {
    const { process } = await functionOf(source);
    await expect(process.start()).rejects.toThrow(message);
    await expect(process.invoke({})).rejects.toThrow(message);
  });

  test("ends when the process that started it ends", async () => {
    // The function connects to the test, which sees the connection end with the process.
    const server = createServer();
    const { port } = new URL(await listen(server));
    const { definition } = await functionOf(`
      import { connect } from "node:net";
      connect(${port}, "127.0.0.1");
      export const handler = async () => {};`);
    const module = pathToFileURL(join(import.meta.dirname, "../../local/function-process.ts")).href;
    const script = `
import { FunctionProcess } from ${JSON.stringify(module)};
      await new FunctionProcess(${JSON.stringify(definition)}, () => {}).start();`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", script]);
    const [socket] = (await once(server, "connection")) as [Socket];
    const ended = once(socket.on("error", () => {}).resume(), "close");
    starter.kill("SIGKILL");
    await ended;
    server.close();
  });

  test("fails its invocations when it is stopped, and is gone", async () => {
    const { process: functionProcess } = await functionOf(OBEDIENT);
    await functionProcess.start();
    const { pid = 0 } = functionProcess;
    const waiting = expect(functionProcess.invoke({ order: "wait" })).rejects.toThrow("fn was stopped");
    await functionProcess.stop();
    await waiting;
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
