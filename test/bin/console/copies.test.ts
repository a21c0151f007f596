import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { asCurl, asFixture, asSend } from "../../../bin/console/copies.ts";
import { type CopiedCallback, SIGNINGS, type Signing } from "../../../bin/console/protocol.ts";
import { DOCUMENTED_CALLBACKS } from "../../../local/documented-callbacks.ts";
import { close, listen } from "../../../local/server.ts";
import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { sign } from "../../../tencent/signature.ts";
import { TOKEN } from "../../support/callbacks.ts";

const PROJECT = new URL("../../../", import.meta.url);
const SDK_APP_ID = "1400000009";

/** Bodies that a shell, printf, curl or a terminal might take for something else. */
const HOSTILE_BODIES = [
  `{"Peer_Account":"it's $(touch x) \`id\` $HOME \\\\ \\" !! %s %n"}`,
  "@/etc/passwd",
  "-n",
  "",
  "{\n  'a': ''\n}\n",
  "EOF\n甲😀\u2028\n\n",
  "\u001b[201~; touch x\r\n\t\u0000\u0003\u009b %d \\x",
];

/** Starts an endpoint. Returns its system, and the requests that it gets. */
async function startEndpoint() {
  const requests: { query: URLSearchParams; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    requests.push({ query: searchParams, body: String(await buffer(request)) });
    response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
  });
  onTestFinished(() => close(server));
  const callbackUrl = `${await listen(server)}/callback`;
  return { requests, system: { callbackUrl, sdkAppId: SDK_APP_ID } };
}

/** Runs a copied command in a shell, as a reader who pastes it. */
async function paste(command: string): Promise<void> {
  const shell = spawn("sh", ["-c", command], { cwd: PROJECT, stdio: ["ignore", "ignore", "pipe"] });
  const errors = buffer(shell.stderr);
  const exitCode = await new Promise((resolve) => shell.once("close", resolve));
  expect({ exitCode, errors: String(await errors) }).toEqual({ exitCode: 0, errors: "" });
}

const withToken = (curl: string) => curl.replace("paste the token that npm start printed", TOKEN);

function sampleOf(command: string, number = 1): CopiedCallback & Required<Pick<CopiedCallback, "sample">> {
  const found = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command)[number - 1];
  const body = JSON.stringify(found?.body, undefined, 2);
  return { command, body, sample: { shape: found?.shape ?? "", number, body } };
}

describe("asCurl", () => {
  test.each(HOSTILE_BODIES)("sends the body %j byte for byte, correctly signed", async (body) => {
    const { requests, system } = await startEndpoint();
    await paste(withToken(asCurl({ command: READ_REPORT_COMMAND, body }, system)));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.body).toBe(body);
    const query = requests[0]?.query ?? new URLSearchParams();
    expect(query.get("Sign") === sign(TOKEN, query.get("RequestTime") ?? "")).toBe(true);
    expect(query.get("SdkAppid")).toBe(SDK_APP_ID);
    expect(query.get("CallbackCommand")).toBe(READ_REPORT_COMMAND);
  });

  test("signs as the reader chose", async () => {
    const { requests, system } = await startEndpoint();
    for (const signing of SIGNINGS) await paste(withToken(asCurl({ command: "A.B", body: "{}", signing }, system)));
    const now = Date.now() / 1000;
    const outcomes = requests.map(({ query }) => {
      const time = query.get("RequestTime") ?? "";
      const age = Math.abs(now - Number(time)) < 600 ? "now" : Number(time) < now ? "past" : "future";
      const signs = query.getAll("Sign").map((given) => (given === sign(TOKEN, time) ? "right" : "wrong"));
      return [age, signs.join(), query.get("SdkAppid")];
    });
    const expected: Record<Signing, unknown> = {
      correct: ["now", "right", SDK_APP_ID],
      wrong: ["now", "wrong", SDK_APP_ID],
      "too old": ["past", "right", SDK_APP_ID],
      "too early": ["future", "right", SDK_APP_ID],
      unsigned: ["now", "", SDK_APP_ID],
      "other app": ["now", "right", "1"],
      repeated: ["now", "right,right", SDK_APP_ID],
    };
    expect(outcomes).toEqual(SIGNINGS.map((signing) => expected[signing]));
  });
});

describe("asSend", () => {
  const system = { callbackUrl: "http://127.0.0.1:8787/callback", sdkAppId: SDK_APP_ID };
  const edited = (callback: CopiedCallback, from: string, to: string) => ({
    ...callback,
    body: callback.body.replace(from, to),
  });
  const report = (fields: object) => ({
    command: READ_REPORT_COMMAND,
    body: JSON.stringify({
      CallbackCommand: READ_REPORT_COMMAND,
      Report_Account: "it's",
      Peer_Account: "b",
      ...fields,
    }),
  });
  const stateChange = sampleOf("State.StateChange");

  test.each<[string, CopiedCallback, string]>([
    [
      "a read report with its own options",
      report({ LastReadTime: 5, UnreadMsgNum: 0, EventTime: 1_790_000_000_000 }),
      "--reader='it'\\''s' --peer=b --unread=0 --last-read-time=5 --event-time=1790000000000",
    ],
    ["a documented read report by its number", sampleOf(READ_REPORT_COMMAND, 2), "--sample=2"],
    ["another documented callback by its command", stateChange, "--command=State.StateChange"],
    [
      "another of its samples by its number",
      sampleOf("State.StateChange", 2),
      "--command=State.StateChange --sample=2",
    ],
    [
      "a changed text",
      edited(stateChange, '"alice"', '"a=b c"'),
      "--command=State.StateChange --set='Info.To_Account=a=b c'",
    ],
    ["a changed number", edited(stateChange, "1790000000497", "7"), "--command=State.StateChange --set=EventTime=7"],
  ])("describes %s", (_, callback, options) => {
    expect(asSend(callback, system)).toBe(`npm run send -- --url=http://127.0.0.1:8787/callback ${options}`);
  });

  test.each<[string, CopiedCallback]>([
    ["an added field", edited(stateChange, "{", '{"New": 1,')],
    ["a text that became a number", edited(stateChange, '"alice"', "1")],
    ["a number that loses digits", edited(stateChange, "1790000000497", "17900000004971234567")],
    ["a name given twice", edited(stateChange, "{", '{"EventTime": 1,')],
    ["a UserID with control characters", edited(stateChange, '"alice"', '"\\u001b"')],
    ["malformed JSON", edited(stateChange, "}", "")],
    ["a read report without a sample's fields", report({})],
    ["a read report whose EventTime is in seconds", report({ LastReadTime: 5, UnreadMsgNum: 0, EventTime: 5 })],
  ])("gives the body of %s on standard input", (_, callback) => {
    const end = `--command=${callback.command} --body=/dev/stdin`;
    expect(asSend(callback, system)).toBe(
      `printf %s '${callback.body.replaceAll("'", "'\\''")}' | npm run send -- --url=http://127.0.0.1:8787/callback ${end}`,
    );
  });

  test("changes a documented sample into the body that is copied", async () => {
    const { requests, system: local } = await startEndpoint();
    const callback = edited(edited(stateChange, '"alice"', '"it\'s $HOME=1"'), "1790000000497", "7");
    await paste(`${asSend(callback, local).replace("npm run", "npm run --silent")} --token=${TOKEN}`);
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([JSON.parse(callback.body)]);
  });

  test.each([HOSTILE_BODIES[0], HOSTILE_BODIES.at(-1)])(
    "sends the body %j byte for byte through npm",
    async (body = "") => {
      const { requests, system } = await startEndpoint();
      const command = asSend({ command: READ_REPORT_COMMAND, body }, system);
      await paste(`${command.replace("npm run", "npm run --silent")} --token=${TOKEN}`);
      expect(requests.map((request) => request.body)).toEqual([body]);
    },
  );
});

describe("asFixture", () => {
  test("is the line of the documented callback, with the digits as they were written", () => {
    const callback = sampleOf("State.StateChange");
    expect(JSON.parse(asFixture(callback) ?? "")).toEqual(DOCUMENTED_CALLBACKS[0]);
    const long = asFixture({ ...callback, body: '{ "a b": 12345678901234567890 }' });
    expect(long).toBe(
      '{"command": "State.StateChange", "shape": "documented sample, edited", "body": {"a b":12345678901234567890}}',
    );
  });

  test("does not exist for a body that is no JSON", () => {
    expect(asFixture({ command: "A.B", body: "{" })).toBeUndefined();
  });
});
