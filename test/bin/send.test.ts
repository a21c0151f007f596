import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, json } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { main } from "../../bin/send.ts";
import { close, listen } from "../../local/server.ts";
import { sign } from "../../tencent/signature.ts";
import { nowInSeconds, TOKEN } from "../support/callbacks.ts";
import { run } from "../support/command.ts";

const send = (...options: string[]) => run(main, ...options);

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
    const { stdout, exitCode } = await send(...options.split(" "));
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
    expect(await send(...options)).toMatchObject({ stderr: "", exitCode: 0 });
    expect(received?.query.get("CallbackCommand")).toBe("Push.OfflinePush");
    expect(received?.body).toEqual(body);
  });

  test.each([
    ["the body's, if it names one", '{"CallbackCommand":"State.StateChange"}', [], "State.StateChange"],
    ["the given one, whatever the body names", '{"CallbackCommand":"A.B"}', ["State.StateChange"], "State.StateChange"],
    ["the read report's, if the body names none", '{"Report_Account":"a"}', [], "C2C.CallbackAfterMsgReport"],
    ["the read report's, if the body's is not text", '{"CallbackCommand":5}', [], "C2C.CallbackAfterMsgReport"],
  ])("names as the command %s", async (_whose, body, given, expected) => {
    let command: string | null = null;
    const url = await serve((request, response) => {
      request.resume();
      command = new URL(request.url ?? "", "http://x").searchParams.get("CallbackCommand");
      response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
    });
    const file = join(await mkdtemp(join(tmpdir(), "send-")), "body");
    await writeFile(file, body);
    const options = given.flatMap((name) => ["--command", name]);
    await send("--url", url, "--token", TOKEN, "--body", file, ...options);
    expect(command).toBe(expected);
  });

  test.each([
    [
      ["--command", "Push.OflinePush"],
      "Tencent does not document 'Push.OflinePush', so there is no sample of it: did you mean Push.OfflinePush? To send it, give its body with --body FILE.\n",
    ],
    [
      ["--command", "Push.OfflinePush", "--sample", "4"],
      "--sample is '4': expected a number from 1 to 3, which --list --command Push.OfflinePush explains\n",
    ],
    [
      ["--sample", "0"],
      "--sample is '0': expected a number from 1 to 3, which --list --command C2C.CallbackAfterMsgReport explains\n",
    ],
    [
      ["--command", "Push.OfflinePush", "--reader", "a"],
      "--reader can't be combined with --command Push.OfflinePush: change the sample's fields with --set\n",
    ],
    [
      ["--sample", "2", "--peer", "a"],
      "--peer can't be combined with --sample, which is a whole read report: change the sample's fields with --set\n",
    ],
    [
      ["--body", "package.json", "--sample", "1", "--set", "a=1"],
      "--sample, --set can't be combined with --body, which is the whole body\n",
    ],
    [["--set", "reader"], "--set is 'reader': expected Field=value, such as From_Account=alice\n"],
    [["--command", "C2C.*"], "--command is 'C2C.*': expected a callback's name, such as C2C.CallbackAfterMsgReport\n"],
    [
      ["--body", "package.json", "--reader", "a", "--unread", "1"],
      "--reader, --unread can't be combined with --body, which is the whole body\n",
    ],
    [["--body", "package.json", "--peer", "b"], "--peer can't be combined with --body, which is the whole body\n"],
    [["--body", "/nowhere"], "--body can't be read: ENOENT: no such file or directory, open '/nowhere'\n"],
  ])("explains what is wrong with %j", async (options, stderr) => {
    expect(await send("--token", TOKEN, ...options)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test.each([
    [401, '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"Sign does not match"}'],
    [200, '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":""}'],
    [201, '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}'],
    [200, "<html>OK</html>"],
    [500, '{"message":"Internal Server Error"}'],
  ])("fails when the answer is %i %s", async (status, body) => {
    const { stdout, exitCode } = await send("--url", await answerWith(status, body), "--token", TOKEN);
    expect(stdout).toContain(`${status} ${body}\n`);
    expect(exitCode).toBe(1);
  });

  test("does not follow a redirect, which would get the signed query", async () => {
    const paths: string[] = [];
    const url = await serve((request, response) => {
      request.resume();
      paths.push(new URL(request.url ?? "", "http://x").pathname);
      response.writeHead(307, { location: `/elsewhere${request.url}` }).end();
    });
    const { stdout, exitCode } = await send("--url", url, "--token", TOKEN);
    expect(stdout).toMatch(/^307 \n\d+ ms\nThe redirect was not followed, .*\n$/);
    expect({ paths, exitCode }).toEqual({ paths: ["/some/path"], exitCode: 1 });
  });

  test("prints a reply that repeats the query without its signature, and without control characters", async () => {
    let sign = "";
    const url = await serve((request, response) => {
      request.resume();
      sign = new URL(request.url ?? "", "http://x").searchParams.get("Sign") ?? "";
      response.writeHead(400).end(`Sign=${sign}&sign=${sign.toUpperCase()}\n\u001b[2J\u009b2J`);
    });
    const { stdout } = await send("--url", url, "--token", TOKEN);
    expect(sign).toMatch(/^[0-9a-f]{64}$/);
    expect(stdout).toMatch(/^400 Sign=<Sign>&sign=<Sign>\\u000a\\u001b\[2J\\u009b2J\n\d+ ms\n$/);
  });

  test("reads only the beginning of an endless reply, and never half of the signature", async () => {
    const url = await serve((request, response) => {
      request.resume();
      const Sign = new URL(request.url ?? "", "http://x").searchParams.get("Sign") ?? "";
      response.write(`${"-".repeat(65_536 - 32)}${Sign}`);
      const more = () => void response.write("-".repeat(16_384), (error) => error ?? setImmediate(more));
      more();
    });
    const { stdout, exitCode } = await send("--url", url, "--token", TOKEN);
    expect(stdout).toMatch(/^200 -+\n\d+ ms\n/);
    expect(stdout.length).toBeLessThan(66_000);
    expect(exitCode).toBe(1);
  });

  test("reports in one line that nothing answers, without the signed URL", async () => {
    const { stdout, stderr, exitCode } = await send("--url", "http://127.0.0.1:1/callback?Sign=1", "--token", TOKEN);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:1\/callback did not answer \(\w+\)\. Start it with 'npm start'\n$/);
  });

  test.each([
    [
      ["--url", "callback"],
      "--url is 'callback': expected the callback URL, an http or https URL without a password\n",
    ],
    [
      ["--url", "ftp://127.0.0.1/"],
      "--url is 'ftp://127.0.0.1/': expected the callback URL, an http or https URL without a password\n",
    ],
    [
      ["--url", "https://me:password@127.0.0.1/?a=b"],
      "--url is 'https://127.0.0.1/': expected the callback URL, an http or https URL without a password\n",
    ],
    [["--token", "t", "--unread", "-5"], "--unread is '-5': expected a whole number from 0 to 9007199254740991\n"],
    [["--token", "t", "--unread", "many"], "--unread is 'many': expected a whole number from 0 to 9007199254740991\n"],
    [
      ["--token", "t", "--last-read-time", "1700000000000"],
      "--last-read-time is '1700000000000', which looks like milliseconds: expected Unix seconds, such as 1700000000\n",
    ],
    [
      ["--token", "t", "--event-time", "1700000000"],
      "--event-time is '1700000000', which looks like seconds: expected Unix milliseconds, such as 1700000000000\n",
    ],
    [
      ["--url", "http://127.0.0.1:1/callback"],
      /^--token is missing, and no local system runs at http.*: give the callback token .*\n$/,
    ],
    [
      ["--command", "My.Own", "--list"],
      "Tencent does not document 'My.Own', so there is no sample of it: --list shows all that have one. To send it, give its body with --body FILE.\n",
    ],
    [
      ["--list", "--command", "Push.OfflinePush", "--set", "a=1"],
      "--set can't be combined with --list, which sends nothing\n",
    ],
  ])("with %j ends with one line", async (options, message) => {
    const { stdout, stderr, exitCode } = await send(...options);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(message);
  });
});
