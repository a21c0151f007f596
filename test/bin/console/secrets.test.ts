import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maskText } from "../../../bin/shared/mask-secrets.ts";
import { postCallback } from "../../../bin/shared/post-callback.ts";
import { close, listen } from "../../../local/server.ts";
import { sign } from "../../../tencent/signature.ts";
import { nowInSeconds, READ_REPORT, signedQuery, TOKEN } from "../../support/callbacks.ts";
import { type ConsoleUnderTest, readStream, startConsoleUnderTest } from "../../support/running-console.ts";

/** Repeats the query in its replies, to every second request as no JSON. */
let isJson = false;
const handler = createServer(async ({ url }, response) => {
  isJson = !isJson;
  response.end(isJson ? JSON.stringify({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: url }) : url);
});
let running: ConsoleUnderTest;
beforeAll(async () => {
  running = await startConsoleUnderTest({ relayUrl: `${await listen(handler)}/callback` });
});
afterAll(async () => {
  await running.close();
  await close(handler);
});

const upper = (text: string) => text.replace(/(?<=Sign=)\w+/, (signature) => signature.toUpperCase());
const QUERIES: readonly ((query: string, signature: string) => string)[] = [
  (query) => query,
  upper,
  (query) => query.replace("Sign=", "sIGN="),
  (query) => query.replace("Sign=", "%53ign="),
  (query) => query.replace("Sign=", "%2553ign="),
  (query, signature) => `${query}&Sign=${signature}`,
  (query, signature) => `${query}&x=Sign%3D${signature}`,
  (query, signature) => `${query}&Sign%3D${signature}`,
  (query, signature) => `?${query}&sign=${signature.slice(1)}`,
  (query) => query.replace("CallbackCommand=", "CallbackCommand=Sign%3Dsecret%26"),
  (query, signature) => query.replace(/RequestId=[^&]*/, `RequestId=${signature}`),
  (query, signature) => query.replace(/CallbackCommand=[^&]*/, `CallbackCommand=Sign${signature}`),
  (query, signature) => query.replace(/OptPlatform=[^&]*/, `OptPlatform=x${signature}y`),
];

test("Neither the token nor a signature leaves the console", async () => {
  const stream = await readStream(running);
  const url = new URL(running.system.outputs["CallbackUrl"] ?? "");
  const time = nowInSeconds();
  const signature = sign(TOKEN, String(time));
  const post = (query: string, body: object) =>
    postCallback(url, query, JSON.stringify(body), 15_000).catch(() => undefined);
  const send = (query: string, reader: string) => post(query, { ...READ_REPORT, Report_Account: reader });
  const sendAll = (kind: string, changes = QUERIES) =>
    Promise.all(changes.map((change, index) => send(change(signedQuery(time), signature), `${kind}${index}`)));
  await sendAll("plain");
  for (const account of [signature, signature.toUpperCase(), `u${signature}`]) await send(signedQuery(time), account);
  const before = { CallbackCommand: "Sns.CallbackPrevFriendAdd", FriendItem: [{ To_Account: signature }] };
  await post(signedQuery(time, { CallbackCommand: before.CallbackCommand }), before);
  const { id: repliedId } = running.journal.rows.at(-1) ?? {};
  await fetch(`${url.origin}/callback%3FSign=${signature}/Sign=${signature}`);
  // Parked requests keep their query.
  running.faults.break("secrets", "fail");
  running.faults.break("destination", "fail");
  running.system.token.put(`${TOKEN}-2`);
  running.faults.break("function", "kill", 1);
  await send(signedQuery(time), "killed");
  await sendAll("parked");
  running.faults.break("standby", "fail");
  await sendAll("logged", QUERIES.slice(0, 2));

  running.faults.heal("standby");
  const parked = running.journal.rows.filter(({ verdict }) => verdict === "standby");
  expect(parked.length).toBeGreaterThan(0);
  const ids = running.journal.rows.map(({ id }) => id);
  await expect.poll(() => [...stream.rows.keys()].length).toBe(ids.length);
  const paths = [
    ...["/", "/main.js", "/style.css", "/api/commands"],
    ...["destination", "dead-letters", "standby", "standby-dead-letters"].map((queue) => `/api/queues/${queue}`),
    ...ids.map((id) => `/api/callbacks/${id}`),
  ];
  const answers = await Promise.all(paths.map((path) => running.get(path)));
  const actions = [
    await running.post("/api/replay"),
    await running.post(`/api/callbacks/${parked[0]?.id}/send`),
    await running.post(`/api/callbacks/${repliedId}/send`),
    await running.post("/api/queues/standby/receive"),
  ];
  expect([...answers, ...actions].map(({ status }) => status)).toEqual([...answers, ...actions].map(() => 200));
  // Those that were sent again.
  await expect.poll(() => [...stream.rows.keys()].length).toBe(ids.length + 2);
  const served = [stream.text, ...[...answers, ...actions].map(({ text }) => text)];
  stream.close();
  const leaks = served.filter((text) => new RegExp(`${TOKEN}|${signature.slice(1)}`, "i").test(text));
  // Only the beginnings, so that no failure prints a signature.
  expect(leaks.map((text) => text.replace(new RegExp(signature, "gi"), "<Sign>").slice(0, 3_000))).toEqual([]);
});

test("What a user wrote arrives as it is", async () => {
  const url = new URL(running.system.outputs["CallbackUrl"] ?? "");
  running.faults.heal();
  running.system.token.put(TOKEN);
  const hostile = `<img src=x onerror="alert(1)">\u2028\u0000\n\ndata: x\n\nevent: state`;
  const body = JSON.stringify({ ...READ_REPORT, Report_Account: hostile, Peer_Account: "</script>" });
  const stream = await readStream(running);
  await postCallback(url, signedQuery(nowInSeconds()), body, 15_000);
  const { id = "" } = running.journal.rows.at(-1) ?? {};
  await expect.poll(() => stream.rows.get(id)?.accounts).toEqual([hostile, "</script>"]);
  expect((await running.get(`/api/callbacks/${id}`)).json()).toMatchObject({ body });
  stream.close();
});

test("Masking a long text takes no longer than reading it", () => {
  const text = "sign".repeat(100_000);
  expect(maskText(text)).toBe(text);
  expect(maskText(`${text}=secret&x=1`)).toBe(`${text}=•••&x=1`);
}, 10_000);
