import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../../bin/replay.ts";
import { awsFault, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import { queueReference } from "../../../local/queues.ts";
import { run } from "../../support/command.ts";
import { exampleEvent } from "../../support/example-event.ts";
import { spawnNpm } from "../../support/local-system.ts";
import { eventLine, fileWith, startQueue } from "../../support/replay.ts";

beforeEach(() => {
  for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, "any");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nowhere");
  return () => vi.unstubAllEnvs();
});

const threeEvents = () =>
  fileWith(["first", "second", "third"].map((Report_Account) => eventLine(exampleEvent({ Report_Account }))).join(""));

const NO_REGION = "No AWS region: export AWS_REGION, such as AWS_REGION=eu-central-1\n";
const NO_CREDENTIALS = "No AWS credentials: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n";
const BAD_REGION = "The AWS region is malformed: export AWS_REGION, such as AWS_REGION=eu-central-1\n";

describe("npm run replay -- --apply ends with one line before it sends anything", () => {
  test.each<[string, Record<string, string | undefined>, string | RegExp]>([
    ["without a region", { AWS_REGION: undefined }, NO_REGION],
    ["with a malformed region", { AWS_REGION: "eu central" }, BAD_REGION],
    ["without credentials", { AWS_ACCESS_KEY_ID: undefined }, NO_CREDENTIALS],
    ["with an unknown profile", { AWS_ACCESS_KEY_ID: undefined, AWS_PROFILE: "typo" }, /^No AWS credentials: .*\n$/],
  ])("%s", async (_what, variables, message) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    for (const destination of [
      ["--queue-url", "http://sqs.invalid/1/q"],
      ["--event-bus-name", "bus"],
    ]) {
      const { stdout, stderr, exitCode } = await run(main, "--file", await threeEvents(), ...destination, "--apply");
      expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
      expect(stderr).toMatch(message);
    }
  });

  test("if the bus can't be reached", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:1");
    const { stderr, exitCode } = await run(main, "--event-bus-name", "bus", "--apply");
    expect(stderr).toMatch(/^AWS can't be reached \(ECONNREFUSED\): check the network, .*\n$/);
    expect(exitCode).toBe(1);
  });
});

describe("npm run replay -- --apply stops with one line, as no other event would fare better,", () => {
  test.each([
    ["the credentials have expired", 403, "ExpiredToken", /^Stopped: The AWS credentials have expired: log in again/],
    ["the credentials are unknown", 403, "InvalidClientTokenId", /^Stopped: AWS does not know the credentials: check/],
    ["the clock is wrong", 403, "SignatureDoesNotMatch", /^Stopped: AWS refused the request's signature: check/],
    ["the queue is gone", 400, "QueueDoesNotExist", /^Stopped: QueueDoesNotExist: /],
    ["the queue's policy denies it", 403, "AccessDenied", /^Stopped: AccessDenied: /],
    ["the queue's key is disabled", 400, "KmsDisabled", /^Stopped: KmsDisabled: /],
  ])("when %s", async (_what, status, code, message) => {
    const { endpoint, messages } = await startQueue();
    const faulty = await startFaultyEndpoint(endpoint);
    onTestFinished(() => faulty.close());
    faulty.fail = () => (messages.length > 0 ? awsFault(status, code) : undefined);
    const queueUrl = queueReference(faulty.url, "events.fifo").ref;
    const options = ["--file", await threeEvents(), "--queue-url", queueUrl, "--apply"];
    const { stdout, stderr, exitCode } = await run(main, ...options);
    expect(stdout).toMatch(/^put back .*\n1 of 3 events put back\.\n$/);
    expect(stderr).toMatch(message);
    expect(stderr.split("\n").length).toBe(2);
    expect(faulty.calls.length).toBe(2);
    expect(exitCode).toBe(1);
  });

  test("when the network is gone", async () => {
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    const options = ["--file", await threeEvents(), "--queue-url", "http://127.0.0.1:1/1/events.fifo", "--apply"];
    const { stdout, stderr, exitCode } = await run(main, ...options);
    expect(stdout).toBe("0 of 3 events put back.\n");
    expect(stderr).toMatch(/^Stopped: AWS can't be reached \(ECONNREFUSED\): check the network, .*\n$/);
    expect(exitCode).toBe(1);
  });
});

test("npm run replay ends with one line when standard input can't be read", async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error("EIO: i/o error"));
    },
  });
  const { stdout, stderr, exitCode } = await run((argv, io) => main(argv, { ...io, stdin: broken }));
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "",
    stderr: "Standard input can't be read: EIO: i/o error\n",
    exitCode: 1,
  });
});

test("npm run replay -- --apply puts back all events although nobody reads its output, and ends with exit code 1", async () => {
  const { messages, queueUrl } = await startQueue();
  const child = spawnNpm({}, "replay", "--file", await threeEvents(), "--queue-url", queueUrl, "--apply");
  child.stdout.destroy();
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(messages.length).toBe(3);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 1 });
});
