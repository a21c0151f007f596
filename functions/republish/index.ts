import { readEnvironment } from "../environment.ts";
import { explain, log } from "../log.ts";
import { startUp } from "../start-up.ts";
import { keepPace, MAX_CONCURRENCY } from "./pace.ts";
import { type BatchResult, leaveOnQueue, RepublishHandler, type StandbyBatch } from "./republish.ts";

/** Lambda's entry point. */
export const handler = await createHandler();

async function createHandler(): Promise<(batch: StandbyBatch) => Promise<BatchResult>> {
  try {
    const environment = readEnvironment(process.env);
    const { queue, ...dependencies } = await startUp(environment);
    const { standbyDeadLetterQueueUrl: url } = environment;
    const republishHandler = new RepublishHandler({
      ...dependencies,
      deadLetters: url ? queue(url) : undefined,
      concurrency: environment.republishConcurrency ?? MAX_CONCURRENCY,
    });
    return (batch) => republishHandler.handle(batch);
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    // Everything stays on the queue. After 100 attempts it becomes a dead letter, which can be moved back.
    return async ({ Records }) => {
      await keepPace(performance.now(), Records.length, MAX_CONCURRENCY);
      return leaveOnQueue(Records);
    };
  }
}
