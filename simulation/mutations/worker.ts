import { parentPort, workerData } from "node:worker_threads";
import { readBundles } from "../run.ts";
import type { WorkerData } from "../seeds/pool.ts";
import { Hunter } from "./hunt.ts";
import type { Hunt } from "./mutation.ts";

const { stacks } = workerData as WorkerData;
const hunter = new Hunter({ stacks, bundles: await readBundles() });

parentPort?.on("message", async ({ mutation, seeds }: Hunt) => {
  parentPort?.postMessage(await hunter.hunt(mutation, seeds));
});
