// Runs one function's bundle as Lambda's runtime would: loads it, which is INIT, then calls its handler for each event.
import type { FromWorker, ToWorker } from "./function-process.ts";

const send = (message: FromWorker) => process.send?.(message);
const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

// The terminal sends these to the whole process group; this process ends when its parent ends it or is gone.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit());

const [bundle = ""] = process.argv.slice(2);
try {
  const { handler } = (await import(bundle)) as { handler: (event: unknown, context: object) => Promise<unknown> };
  process.on("message", async ({ id, event }: ToWorker) => {
    try {
      send({ type: "result", id, result: await handler(event, { awsRequestId: id }) });
    } catch (error) {
      send({ type: "failed", id, cause: describe(error) });
    }
  });
  send({ type: "started" });
} catch (error) {
  send({ type: "start-failed", cause: describe(error) });
}
