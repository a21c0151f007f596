// Runs one function's bundle as Lambda's runtime would: loads it, which is INIT, then calls its handler for each event.
// Plain JavaScript, because stripping types takes 40 ms of the 90 in which a function starts. The messages are
// `ToWorker` and `FromWorker` of function-process.ts.
const describe = (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

// A terminal signals the whole process group; this process ends when its parent ends it or is gone.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit());

const [bundle = ""] = process.argv.slice(2);
try {
  const { handler } = await import(bundle);
  process.on("message", async ({ id, event }) => {
    try {
      process.send({ type: "result", id, result: await handler(event, { awsRequestId: id }) });
    } catch (error) {
      process.send({ type: "failed", id, cause: describe(error) });
    }
  });
  process.send({ type: "started" });
} catch (error) {
  process.send({ type: "start-failed", cause: describe(error) });
}
