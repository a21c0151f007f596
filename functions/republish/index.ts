import { readEnvironment } from "../environment.ts";
import { explain, log } from "../log.ts";
import { wire } from "../start-up.ts";
import { createHandler, type StandbyBatch } from "./republish.ts";

/** Lambda's entry point. */
export const handler = await start();

async function start() {
  try {
    const environment = readEnvironment(process.env);
    const { queue, ...dependencies } = await wire(environment);
    const { standbyDeadLetterQueueUrl: url } = environment;
    return createHandler({ ...dependencies, deadLetters: url === undefined ? undefined : queue(url) });
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    // Everything stays where it is; what is not dealt with after 100 attempts is a dead letter, which can be moved back.
    return async ({ Records }: StandbyBatch) => ({
      batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
    });
  }
}
