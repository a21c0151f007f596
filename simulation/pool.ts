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
  const workerData: WorkerData = { stacks };
  const workers = Array.from({ length: threads }, () => {
    return new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  });
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let next = draws.next(); !next.done; next = draws.next()) {
          worker.postMessage(next.value);
          const [judgement] = (await once(worker, "message")) as [Judgement];
          onJudgement(next.value, judgement);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
