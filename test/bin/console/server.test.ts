import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlePage } from "../../../bin/console/bundle-page.ts";
import { startConsole } from "../../../bin/console/server.ts";
import { READ_REPORT, REPORT } from "../../support/callbacks.ts";
import { type ConsoleUnderTest, type RawRequest, startConsoleUnderTest } from "../../support/running-console.ts";

let running: ConsoleUnderTest;
let port: string;
beforeAll(async () => {
  running = await startConsoleUnderTest();
  ({ port } = new URL(running.console.url));
});
afterAll(() => running.close());

const own = () => ({
  host: `127.0.0.1:${port}`,
  origin: `http://127.0.0.1:${port}`,
  "content-type": "application/json",
});
const heal = (changes: Readonly<Record<string, string | undefined>>): RawRequest => ({
  method: "POST",
  path: "/api/heal",
  headers: Object.fromEntries(
    Object.entries({ ...own(), ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  body: "{}",
});

describe("The console", () => {
  test("listens only on the loopback interface", () => {
    expect(running.console.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  test.each([
    ["another name that leads here", "evil.example"],
    ["another name with the console's port", () => `evil.example:${port}`],
    ["its own address without the port", "127.0.0.1"],
    ["another port", "127.0.0.1:1"],
    ["a name that begins like its own", () => `127.0.0.1.evil.example:${port}`],
    ["localhost with a suffix", () => `localhost.evil.example:${port}`],
  ] as const)("refuses a request to %s", async (_name, host) => {
    const headers = { host: typeof host === "string" ? host : host() };
    const reads = await Promise.all(
      ["/", "/api/stream", "/api/commands"].map((path) => running.send({ path, headers })),
    );
    expect(reads.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await running.send(heal(headers))).status).toBe(403);
  });

  test("answers at localhost as well", async () => {
    const host = `localhost:${port}`;
    expect((await running.send({ path: "/api/commands", headers: { host } })).status).toBe(200);
    expect((await running.send(heal({ host, origin: `http://${host}` }))).status).toBe(200);
  });

  test.each([
    ["another site", { origin: "https://evil.example" }, 403],
    ["another port", { origin: "http://127.0.0.1:1" }, 403],
    ["localhost, while it is called by its address", { origin: "http://localhost:1" }, 403],
    ["a sandboxed frame", { origin: "null" }, 403],
    ["no page", { origin: undefined }, 403],
    ["another site, as the browser says", { "sec-fetch-site": "cross-site" }, 403],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["a form that sends text", { "content-type": "text/plain" }, 415],
    ["a page without a content type", { "content-type": undefined }, 415],
  ] as const)("refuses a change by %s", async (_name, changes, status) => {
    running.faults.break("standby", "fail");
    expect((await running.send(heal(changes))).status).toBe(status);
    expect(running.faults.active).toHaveProperty("standby");
    running.faults.heal();
  });

  test("refuses to be read by another site", async () => {
    expect((await running.send({ path: "/", headers: { "sec-fetch-site": "cross-site" } })).status).toBe(403);
  });

  test.each(["/", "/api/commands", "/api/unknown", "/main.js"])(
    "forbids others to read, frame or extend %s",
    async (path) => {
      const { headers } = await running.get(path);
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringMatching(
          /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    },
  );

  test("serves a page of at most 60,000 bytes in all", async () => {
    const sizes = [...(await bundlePage()).values()].map(({ content }) => content.byteLength);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
  });

  test.each([
    ["GET", "/unknown", 404],
    ["GET", "/../package.json", 404],
    ["GET", "/api/callbacks/unknown", 404],
    ["GET", "/api/callbacks/%ff", 400],
    ["GET", "/api/queues/unknown", 404],
    ["GET", "/api/queues/constructor", 404],
    ["GET", "/api/sample?command=unknown", 404],
    ["GET", "/api/heal", 405],
    ["GET", "//", 404],
    ["POST", "/api/commands", 405],
    ["POST", "/", 405],
    ["POST", "/api/stories/unknown", 404],
    ["POST", "/api/queues/destination/move-back", 400],
    ["POST", "/api/callbacks/unknown/send", 404],
    ["POST", "/api/queues/standby-dead-letters/fail", 400],
  ] as const)("answers %s %s with %i and a reason", async (method, path, status) => {
    const answer = await (method === "GET" ? running.get(path) : running.post(path));
    expect([answer.status, answer.json<{ error: string }>().error.length > 10]).toEqual([status, true]);
  });

  const callback = { command: READ_REPORT.CallbackCommand, body: REPORT, signing: "correct" };
  test.each([
    ["/api/send", {}, "command is missing"],
    ["/api/send", [], "not a JSON object"],
    ["/api/send", null, "not a JSON object"],
    ["/api/send", { ...callback, command: 5 }, "command is 5: expected text"],
    ["/api/send", { ...callback, signing: "x" }, 'signing is "x": expected one of correct, wrong'],
    ["/api/send", { ...callback, times: 101 }, "times is 101: expected a whole number from 1 to 100"],
    ["/api/send", { ...callback, times: 1.5 }, "times is 1.5"],
    ["/api/send", { ...callback, rate: { perSecond: 201, seconds: 1 } }, "rate.perSecond is 201"],
    ["/api/send", { ...callback, rate: { perSecond: 1 } }, "rate.seconds is missing"],
    ["/api/send", { ...callback, url: "http://evil.example" }, "url is not expected"],
    ["/api/break", { part: "all", mode: "fail" }, 'part is "all"'],
    ["/api/break", { part: "standby", mode: "kill" }, "standby has no mode kill: expected slow"],
    ["/api/break", { part: "standby", mode: "fail", calls: 0 }, "calls is 0"],
    ["/api/heal", [], "not a JSON object"],
    ["/api/queues/destination/fail", { times: "5" }, 'times is "5"'],
  ])("refuses %s with the input %j", async (path, input, reason) => {
    const answer = await running.post(path, input);
    expect(answer.status).toBe(400);
    expect(answer.json<{ error: string }>().error).toContain(reason);
  });

  test("refuses input that is no JSON, or larger than 1 MiB", async () => {
    const post = (body: string) => running.send({ method: "POST", path: "/api/send", headers: own(), body });
    expect((await post("{")).status).toBe(400);
    expect((await post(JSON.stringify({ ...callback, body: "x".repeat(1024 * 1024) }))).status).toBe(413);
  });

  test("serves a page that loads nothing from elsewhere", async () => {
    const page = await running.get("/");
    const paths = [...page.text.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
    expect(paths).toEqual(expect.arrayContaining(["/main.js", "/style.css"]));
    const files = await Promise.all(paths.map((path) => running.get(path)));
    expect(files.map(({ status }) => status)).toEqual(paths.map(() => 200));
    const texts = [page, ...files].map(({ text }) => text).join("");
    expect(texts).not.toMatch(/@import|url\(["']?https?:/);
  });

  test("does not start on a port that is in use", async () => {
    const { system, journal, faults } = running;
    const options = { system, journal, faults, sdkAppId: "1400000001", forward: [], port: Number(port) };
    await expect(startConsole(options)).rejects.toThrow("EADDRINUSE");
  });
});
