import { parentPort, workerData } from "node:worker_threads";
import { readBundles } from "../run.ts";
import { type Draw, drawPlan, judge } from "./judge.ts";
import type { WorkerData } from "./pool.ts";

const { stacks } = workerData as WorkerData;
const bundles = await readBundles();

parentPort?.on("message", async (draw: Draw) => {
  parentPort?.postMessage(await judge(drawPlan(draw), { stacks, bundles }));
});
