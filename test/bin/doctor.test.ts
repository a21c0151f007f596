import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { latencyFinding } from "../../bin/doctor/check-callbacks.ts";
import { close, listen } from "../../local/server.ts";
import { OK, SDK_APP_ID } from "../support/callbacks.ts";
import { beginnings, runDoctor } from "../support/doctor.ts";
import { type RunningStart, startInProcess } from "../support/start.ts";

const TOKEN = "DoctorsTokenDoctorsToken";

const doctor = (...options: string[]) => runDoctor([TOKEN], ...options);
const doctorOf = (url: string) => doctor("--url", url, "--sdk-app-id", SDK_APP_ID, "--token", TOKEN);

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => close(server));
  return `${await listen(server)}/callback`;
}

/** Starts a server that gives the same answer to every request, except for the first if that has its own listener. */
async function answerWith(status: number, body: string, first?: RequestListener) {
  let isFirst = true;
  return serve((request, response) => {
    request.resume();
    if (isFirst && first) first(request, response);
    else response.writeHead(status).end(body);
    isFirst = false;
  });
}

describe("npm run doctor passes the local system", () => {
  let system: RunningStart;
  let sqs: SQSClient;

  beforeAll(async () => {
    system = await startInProcess("--token", TOKEN);
    const credentials = { accessKeyId: "any", secretAccessKey: "any" };
    sqs = new SQSClient({ endpoint: system.ready.sqsEndpoint, region: "us-east-1", credentials });
  });
  afterAll(async () => {
    sqs.destroy();
    await system.stop();
  });

  async function receive() {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: system.ready.queueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = "" }) => JSON.parse(Body) as { detail: { data: unknown } });
  }

  const HEALTHY = [
    "ok    connection",
    "ok    Verify",
    "ok    unsigned request",
    "ok    request signed two days ago",
    "ok    request signed with a wrong token",
  ];

  test("whose SDKAppID and token it finds, and publishes nothing", async () => {
    const { lines, stderr, exitCode } = await doctor("--url", system.ready.callbackUrl);
    expect(beginnings(lines.slice(0, -3))).toEqual(HEALTHY);
    expect(lines[0]).toContain("fine on this machine only");
    expect(lines.at(-3)).toMatch(
      /^\w+ +time to answer: the slowest of 6 Verify calls took \d+ ms, .*not from Tencent\)/,
    );
    expect(lines.at(-2)).toMatch(/^ok {4}\w+FifoQueue\w+\.fifo: empty$/);
    expect(lines.at(-1)).toMatch(/^ok {4}\w+StandbyQueue\w+: empty$/);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(await receive()).toEqual([]);
  });

  test("but not at a URL without its path, where it suggests the whole URL", async () => {
    const { callbackUrl } = system.ready;
    const { lines, stderr, exitCode } = await doctor("--url", new URL(callbackUrl).origin);
    expect({ lines, exitCode }).toEqual({ lines: [], exitCode: 1 });
    expect(stderr).toMatch(/^--sdk-app-id is missing, and no local system runs at http.*: did you mean --url /);
    expect(stderr).toContain(`did you mean --url ${callbackUrl}?\n`);
  });

  test("and publishes one event with --publish", async () => {
    const { lines, exitCode } = await doctor("--url", system.ready.callbackUrl, "--publish");
    expect(beginnings(lines.slice(0, -3))).toEqual([...HEALTHY, "ok    read report"]);
    expect(lines.at(-2)).toMatch(/FifoQueue.*: holds about 1 message$/);
    expect(exitCode).toBe(0);
    const events = await receive();
    expect(events.map(({ detail }) => detail.data)).toEqual([
      expect.objectContaining({ Report_Account: "doctor", Peer_Account: "doctor" }),
    ]);
  });

  test.each([
    ["--token", "AnotherToken", "The token is not the stack's: see docs/runbook.md#refusals"],
    ["--sdk-app-id", "1400000009", "The SDKAppID is not the stack's: see docs/runbook.md#refusals"],
  ])("but not with another %s", async (name, value, advice) => {
    const { lines, exitCode } = await doctor("--url", system.ready.callbackUrl, name, value);
    expect(lines[1]).toMatch(/^FAIL {2}Verify: answered with 40[13]/);
    expect(lines[1]).toContain(advice);
    expect(exitCode).toBe(1);
  });

  // The last test of this system, as it needs its queues.
  test("but not with its queues deleted, even without --publish", async () => {
    const { callbackUrl, queueUrl, standbyQueueUrl } = system.ready;
    for (const QueueUrl of [queueUrl, standbyQueueUrl]) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    const { lines, exitCode } = await doctor("--url", callbackUrl);
    expect(lines.at(-2)).toMatch(/^FAIL .*FifoQueue.*QueueDoesNotExist/);
    expect(lines.at(-1)).toMatch(/^FAIL .*StandbyQueue.*QueueDoesNotExist/);
    expect(exitCode).toBe(1);
  });
});

describe("npm run doctor FAILs", () => {
  const ANYTHING_GOES = [
    "FAIL  unsigned request",
    "FAIL  request signed two days ago",
    "FAIL  request signed with a wrong token",
  ];

  test("a URL that says OK to everything", async () => {
    const { lines, exitCode } = await doctorOf(await answerWith(200, JSON.stringify(OK)));
    expect(beginnings(lines.slice(0, -1))).toEqual(["ok    connection", "ok    Verify", ...ANYTHING_GOES]);
    expect(lines[2]).toContain("anyone who knows the URL can create events");
    expect(exitCode).toBe(1);
  });

  test.each([
    [200, "<html>OK</html>", "200, but not OK; expected 200 and {", "the output CallbackUrl"],
    [
      200,
      '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":""}',
      "200, but not OK; expected",
      "the output CallbackUrl",
    ],
    [200, "null", "200, but not OK; expected", "the output CallbackUrl"],
    [201, JSON.stringify(OK), "answered with 201", "the output CallbackUrl"],
    [301, "", "answered with 301", "the output CallbackUrl"],
    [404, '{"message":"Not Found"}', "answered with 404", "the output CallbackUrl"],
    [401, '{"ErrorInfo":"RequestTime is more than 60 seconds from now"}', "with 401", "Set this machine's clock"],
    [429, "", "answered with 429", "docs/runbook.md#gateway-throttled"],
    [500, '{"message":"Internal Server Error"}', "answered with 500", "docs/runbook.md#server-errors"],
  ])("an answer of %i %s", async (status, body, meaning, advice) => {
    const { lines, exitCode } = await doctorOf(await answerWith(status, body));
    expect(beginnings(lines).slice(0, 2)).toEqual(["ok    connection", "FAIL  Verify"]);
    expect(lines[1]).toContain(meaning);
    expect(lines[1]).toContain(advice);
    expect(lines.join()).not.toContain("time to answer");
    expect(exitCode).toBe(1);
  });

  test("a URL that answers too late, even once", async () => {
    const url = await answerWith(200, JSON.stringify(OK), (_request, response) => {
      setTimeout(() => response.end(JSON.stringify(OK)), 2_050);
    });
    const { lines, exitCode } = await doctorOf(url);
    expect(lines[1]).toMatch(/^ok {4}Verify/);
    expect(lines.at(-1)).toMatch(/^FAIL {2}time to answer: .* Tencent waits 2000 ms .*docs\/runbook\.md#slow-replies/);
    expect(exitCode).toBe(1);
  });

  test("a URL that fails later on", async () => {
    const url = await answerWith(503, "{}", (_request, response) => response.end(JSON.stringify(OK)));
    const { lines, exitCode } = await doctorOf(url);
    expect(lines[1]).toMatch(/^ok {4}Verify/);
    expect(lines[2]).toMatch(/^FAIL {2}unsigned request: answered with 503; expected 401\. /);
    expect(lines.at(-1)).toMatch(/^FAIL {2}time to answer: one of 6 Verify calls was answered with 503/);
    expect(exitCode).toBe(1);
  });

  test("a URL that hangs up, and sends it nothing more", async () => {
    const { lines, exitCode } = await doctorOf(await serve((request) => request.socket.destroy()));
    expect(beginnings(lines)).toEqual(["ok    connection", "FAIL  Verify"]);
    expect(lines[1]).toMatch(/not answered \(\w+\)/);
    expect(exitCode).toBe(1);
  });

  test.each([
    ["http://127.0.0.1:1/callback", /accepts no connection \(ECONNREFUSED\)\. Start it with 'npm start'$/],
    ["https://doctor.invalid/callback", /the name doctor\.invalid does not resolve \(E\w+\)\. Check the URL/],
  ])("%s, where nothing listens", async (url, message) => {
    const { lines, stderr, exitCode } = await doctorOf(url);
    expect(beginnings(lines)).toEqual(["FAIL  connection"]);
    expect(lines[0]).toMatch(message);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 1 });
  });

  test("http to another machine, and sends it nothing", async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    const { lines, exitCode } = await doctorOf(url.replace("127.0.0.1", "0.0.0.0"));
    expect(beginnings(lines)).toEqual(["FAIL  connection"]);
    expect(lines[0]).toContain("without TLS");
    expect({ requests, exitCode }).toEqual({ requests: 0, exitCode: 1 });
  });
});

describe("npm run doctor", () => {
  test("sends nothing that could become an event, nothing after a redirect, and repeats nothing", async () => {
    const bodies: string[] = [];
    const paths = new Set<string>();
    const url = await serve(async (request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://x");
      paths.add(pathname);
      bodies.push(await text(request));
      const echo = JSON.stringify({ ErrorInfo: request.url, TOKEN });
      response.writeHead(307, request.url, { location: `/elsewhere${request.url}` }).end(echo);
    });
    const { exitCode } = await doctorOf(url);
    expect(exitCode).toBe(1);
    expect(bodies).toEqual(["", "", "", ""]);
    expect([...paths]).toEqual(["/callback"]);
  });

  test("signs one request longer ago than the largest clockSkewSeconds, a day", async () => {
    const ages: number[] = [];
    const url = await serve((request, response) => {
      const requestTime = new URL(request.url ?? "", "http://x").searchParams.get("RequestTime");
      if (requestTime !== null) ages.push(Date.now() / 1000 - Number(requestTime));
      response.end();
    });
    await doctorOf(url);
    expect(ages.map((age) => (age > 86_400 ? "old" : "now"))).toEqual(["now", "old", "now"]);
  });

  test("notes that its address is not allowed", async () => {
    const body = '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"the source address is not allowed"}';
    const { lines, exitCode } = await doctorOf(await answerWith(403, body));
    expect(beginnings(lines)).toEqual(["ok    connection", "note  Verify"]);
    expect(lines[1]).toContain("not among allowedSourceCidrs");
    expect(exitCode).toBe(0);
  });

  test.each([
    ["ok", 1000],
    ["note", 1001],
    ["note", 2000],
    ["FAIL", 2001],
  ])("says %s to %i ms", (verdict, slowest) => {
    expect(latencyFinding([5, slowest, 3]).verdict).toBe(verdict);
  });

  test.each([
    [
      ["--url", "callback?Sign=1"],
      "--url is 'callback': expected the callback URL, an http or https URL without a password\n",
    ],
    [
      ["--url", `https://me:${TOKEN}@127.0.0.1/`],
      "--url is 'https://127.0.0.1/': expected the callback URL, an http or https URL without a password\n",
    ],
    [
      ["--url", "http://127.0.0.1:1/", "--token", TOKEN],
      /^--sdk-app-id is missing, and no local system runs at http:\/\/127\.0\.0\.1:1\/: .*\n$/,
    ],
    [
      ["--url", "http://127.0.0.1:1/", "--sdk-app-id", "1"],
      /^--token is missing, and no local system runs at http.*: give the callback token .*\n$/,
    ],
    [["--region", "eu-central-1"], "--region is the stack's: give --stack as well, or leave out --region\n"],
    [["--stack", "S", "--token", TOKEN], /^--stack supplies the URLs and the token: leave out .*\n$/],
    [
      ["--relay-url", "ftp://me:secret@x/?Sign=1", "--sdk-app-id", "1", "--token", TOKEN],
      "--relay-url is 'ftp://x/': expected the existing handler's URL, an http or https URL without a password\n",
    ],
    [["--publsh"], /^Unknown option --publsh: did you mean --publish\? The options are --stack, .*\n$/],
  ])("with %j ends with one line", async (options, message) => {
    const { lines, stderr, exitCode } = await doctor(...options);
    expect({ lines, exitCode }).toEqual({ lines: [], exitCode: 1 });
    expect(stderr).toMatch(message);
  });
});
