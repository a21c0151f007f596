import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, json } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { close, listen } from "../../local/server.ts";
import { sign } from "../../tencent/signature.ts";
import { nowInSeconds, TOKEN } from "../support/callbacks.ts";
import { runNpm } from "../support/local-system.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => close(server));
  return `${await listen(server)}/some/path`;
}

const answerWith = (status: number, body: string) =>
  serve((request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  });

describe("npm run send", () => {
  test("posts a read report as Tencent does", async () => {
    let received: { url: URL; method: string | undefined; body: unknown } | undefined;
    const handle = async (request: IncomingMessage) => {
      received = { url: new URL(request.url ?? "", "http://x"), method: request.method, body: await json(request) };
    };
    const url = await serve(async (request, response) => {
      await handle(request);
      response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
    });
    const options = `--url ${url} --sdk-app-id 1400000009 --token ${TOKEN} --reader 甲 --peer b --last-read-time 5 --unread 6 --event-time 7`;
    const { stdout, exitCode } = await runNpm("send", ...options.split(" "));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^200 \{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""\}\n\d+ ms\n$/);
    expect(received?.method).toBe("POST");
    expect(received?.url.pathname).toBe("/some/path");
    const query = Object.fromEntries(received?.url.searchParams ?? []);
    expect(Object.keys(query)).toEqual(Object.keys(query).sort());
    expect(query).toMatchObject({
      CallbackCommand: "C2C.CallbackAfterMsgReport",
      SdkAppid: "1400000009",
      Sign: sign(TOKEN, query["RequestTime"] ?? ""),
      contenttype: "json",
    });
    expect(Math.abs(Number(query["RequestTime"]) - nowInSeconds())).toBeLessThan(60);
    expect(received?.body).toEqual({
      CallbackCommand: "C2C.CallbackAfterMsgReport",
      Report_Account: "甲",
      Peer_Account: "b",
      LastReadTime: 5,
      UnreadMsgNum: 6,
      EventTime: 7,
    });
  });

  test("posts any callback, with the bytes of a file as its body", async () => {
    let received: { query: URLSearchParams; body: Buffer } | undefined;
    const url = await serve(async (request, response) => {
      received = { query: new URL(request.url ?? "", "http://x").searchParams, body: await buffer(request) };
      response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
    });
    const file = join(await mkdtemp(join(tmpdir(), "send-")), "body");
    const body = Buffer.from([0xff, 0x7b, 0x0a]);
    await writeFile(file, body);
    const options = ["--url", url, "--token", TOKEN, "--command", "Push.OfflinePush", "--body", file];
    expect(await runNpm("send", ...options)).toMatchObject({ stderr: "", exitCode: 0 });
    expect(received?.query.get("CallbackCommand")).toBe("Push.OfflinePush");
    expect(received?.body).toEqual(body);
  });

  test.each([
    ["the body's, if it names one", '{"CallbackCommand":"State.StateChange"}', [], "State.StateChange"],
    [
      "the one that is given, whatever the body names",
      '{"CallbackCommand":"A.B"}',
      ["State.StateChange"],
      "State.StateChange",
    ],
    ["the read report's, if the body names none", '{"Report_Account":"a"}', [], "C2C.CallbackAfterMsgReport"],
    ["the read report's, if what the body names is no text", '{"CallbackCommand":5}', [], "C2C.CallbackAfterMsgReport"],
  ])("takes as the command %s", async (_whose, body, given, expected) => {
    let command: string | null = null;
    const url = await serve((request, response) => {
      request.resume();
      command = new URL(request.url ?? "", "http://x").searchParams.get("CallbackCommand");
      response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
    });
    const file = join(await mkdtemp(join(tmpdir(), "send-")), "body");
    await writeFile(file, body);
    const options = given.flatMap((name) => ["--command", name]);
    await runNpm("send", "--url", url, "--token", TOKEN, "--body", file, ...options);
    expect(command).toBe(expected);
  });

  test.each([
    [
      ["--command", "Push.OfflinePush"],
      "--body is missing: expected the file with the body of Push.OfflinePush, as https://www.tencentcloud.com/document/product/1047/67552 describes it\n",
    ],
    [
      ["--command", "Push.OflinePush"],
      "--command: Tencent does not document 'Push.OflinePush'; did you mean Push.OfflinePush? It is used as written.\n--body is missing: expected the file with the body of Push.OflinePush\n",
    ],
    [["--command", "C2C.*"], "--command is 'C2C.*': expected a callback's name, such as C2C.CallbackAfterMsgReport\n"],
    [
      ["--body", "package.json", "--reader", "a", "--unread", "1"],
      "--reader, --unread beside --body, which says all there is: leave out one or the other\n",
    ],
    [
      ["--body", "package.json", "--peer", "b"],
      "--peer beside --body, which says all there is: leave out one or the other\n",
    ],
    [["--body", "/nowhere"], "--body can't be read: ENOENT: no such file or directory, open '/nowhere'\n"],
  ])("%j says what is missing", async (options, stderr) => {
    expect(await runNpm("send", "--token", TOKEN, ...options)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test.each([
    [401, '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"Sign does not match"}'],
    [200, '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":""}'],
    [201, '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}'],
    [200, "<html>OK</html>"],
    [500, '{"message":"Internal Server Error"}'],
  ])("fails when the answer is %i %s", async (status, body) => {
    const { stdout, exitCode } = await runNpm("send", "--url", await answerWith(status, body), "--token", TOKEN);
    expect(stdout).toContain(`${status} ${body}\n`);
    expect(exitCode).toBe(1);
  });

  test("says in one line that nobody answers, without the signed URL", async () => {
    const { stdout, stderr, exitCode } = await runNpm(
      "send",
      "--url",
      "http://127.0.0.1:1/callback?Sign=1",
      "--token",
      TOKEN,
    );
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(/^No answer from http:\/\/127\.0\.0\.1:1\/callback: .*\n$/);
  });

  test.each([
    [["--url", "callback"], "--url is 'callback': expected the callback URL\n"],
    [["--url", "ftp://127.0.0.1/"], "--url is 'ftp://127.0.0.1/': expected the callback URL\n"],
    [["--url", "https://me:password@127.0.0.1/?a=b"], "--url is 'https://127.0.0.1/': expected the callback URL\n"],
    [["--unread", "-1"], /^Option '--unread' argument is ambiguous\. The options are --url, .*\n$/],
    [["--token", "t", "--unread", "many"], "--unread is 'many': expected a whole number from 0 to 9007199254740991\n"],
    [["--url", "http://127.0.0.1:1/callback"], /^--token is missing: expected the callback token of http.*\n$/],
  ])("with %j ends with one line", async (options, message) => {
    const { stdout, stderr, exitCode } = await runNpm("send", ...options);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(message);
  });
});
