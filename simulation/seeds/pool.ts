import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Draw, Judgement, Stacks } from "./judge.ts";

/** What a thread gets when it starts. */
export interface WorkerData {
  readonly stacks: Stacks;
}

/**
 * Judges plans on several threads at a time.
 *
 * @param draws read one by one, whenever a thread is idle
 * @param onJudgement called as soon as a plan has been judged, in any order
 */
export async function judgeAll(
  draws: Iterator<Draw, undefined>,
  stacks: Stacks,
  threads: number,
  onJudgement: (draw: Draw, judgement: Judgement) => void,
): Promise<void> {
  await workThrough<Draw, Judgement>(draws, new URL("./worker.ts", import.meta.url), stacks, threads, onJudgement);
}

/**
 * Works through tasks on several threads at a time.
 *
 * @param tasks read one by one, whenever a thread is idle
 * @param module what each thread runs: answers each message, which is a task, with one, which is its result
 * @param onResult called as soon as there is one, in any order
 * @throws {Error} what a thread throws
 */
export async function workThrough<Task, Result>(
  tasks: Iterator<Task, undefined>,
  module: URL,
  stacks: Stacks,
  threads: number,
  onResult: (task: Task, result: Result) => void,
): Promise<void> {
  const workerData: WorkerData = { stacks };
  const workers = Array.from({ length: threads }, () => new Worker(module, { workerData }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let next = tasks.next(); !next.done; next = tasks.next()) {
          worker.postMessage(next.value);
          const [result] = (await once(worker, "message")) as [Result];
          onResult(next.value, result);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
