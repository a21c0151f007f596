import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callbackEvent, messageEvent, TOKEN } from "../../../bench/callbacks.ts";
import { type AwsEndpoint, startAwsEndpoint } from "../../../bench/runtime/aws-endpoint.ts";
import { REJECTION, startExistingHandler } from "../../../bench/runtime/existing-handler.ts";
import { LambdaRuntime } from "../../../bench/runtime/lambda-runtime.ts";
import { buildSubjects, SUBJECT_NAMES, type Subject, type SubjectName } from "../../../bench/subjects.ts";

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

function subjectCalled(name: SubjectName): Subject {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`${name} was not built`);
  return subject;
}

test.each(SUBJECT_NAMES.flatMap((name) => [1, 32].map((concurrency) => ({ name, concurrency }))))(
  "Under AWS's runtime client, $name accepts callbacks, $concurrency at a time",
  async ({ name, concurrency }) => {
    const runtime = new LambdaRuntime({ ...subjectCalled(name), ...(concurrency > 1 && { concurrency }) });
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

test("Under AWS's runtime client, ours relays before-callbacks over a connection that it opens during INIT", async () => {
  const handler = await startExistingHandler(endpoint.identity);
  const { bundle, environment } = subjectCalled("ours");
  const runtime = new LambdaRuntime({ bundle, environment: { ...environment, RELAY_URL: handler.url } });
  try {
    await runtime.start();
    expect(await handler.connections()).toBe(1);
    for (let count = 0; count < 3; count += 1) {
      const { reply } = await runtime.invoke(messageEvent());
      expect(reply).toMatchObject({ statusCode: 200, body: REJECTION });
    }
    expect(await handler.connections()).toBe(1);
  } finally {
    await runtime.stop();
    await handler.close();
  }
});

test("A function that fails to start reports the reason", async () => {
  const runtime = new LambdaRuntime({ bundle: join(directory, "nothing.mjs"), environment: {} });
  await expect(runtime.start()).rejects.toThrow("Cannot find module");
  await runtime.stop();
});
