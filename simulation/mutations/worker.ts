import { parentPort, workerData } from "node:worker_threads";
import type { WorkerData } from "../pool.ts";
import { readBundles } from "../run.ts";
import { Hunter } from "./hunt.ts";
import type { Hunt } from "./mutation.ts";

const { stacks } = workerData as WorkerData;
const hunter = new Hunter({ stacks, bundles: await readBundles() });

parentPort?.on("message", async ({ mutation, seeds }: Hunt) => {
  parentPort?.postMessage(await hunter.hunt(mutation, seeds));
});
