import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callbackEvent, TOKEN } from "../../../bench/callbacks.ts";
import { type AwsEndpoint, startAwsEndpoint } from "../../../bench/runtime/aws-endpoint.ts";
import { LambdaRuntime } from "../../../bench/runtime/lambda-runtime.ts";
import { buildSubjects, SUBJECT_NAMES, type Subject } from "../../../bench/subjects.ts";

let endpoint: AwsEndpoint;
let directory: string;
let subjects: Subject[];

beforeAll(async () => {
  endpoint = await startAwsEndpoint(TOKEN);
  directory = await mkdtemp(join(tmpdir(), "bench-"));
  subjects = await buildSubjects(endpoint, directory);
});

afterAll(async () => {
  await endpoint.close();
  await rm(directory, { recursive: true });
});

test.each(SUBJECT_NAMES.flatMap((name) => [1, 32].map((concurrency) => ({ name, concurrency }))))(
  "Under AWS's runtime client, $name accepts callbacks, $concurrency at a time",
  async ({ name, concurrency }) => {
    const subject = subjects.find((candidate) => candidate.name === name);
    if (subject === undefined) throw new Error(`${name} was not built`);
    const runtime = new LambdaRuntime({ ...subject, ...(concurrency > 1 && { concurrency }) });
    try {
      const initCpu = await runtime.start();
      const results = await Promise.all(Array.from({ length: 40 }, () => runtime.invoke(callbackEvent())));
      for (const { reply, cpu } of results) {
        expect(reply).toMatchObject({ statusCode: 200, body: '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}' });
        expect(cpu).toBeGreaterThan(initCpu);
      }
    } finally {
      await runtime.stop();
    }
  },
);

test("A function that fails to start reports the reason", async () => {
  const runtime = new LambdaRuntime({ bundle: join(directory, "nothing.mjs"), environment: {} });
  await expect(runtime.start()).rejects.toThrow("Cannot find module");
  await runtime.stop();
});
