import { describe, expect, test } from "vitest";
import { readRecoveryLog } from "../../../functions/recovery-log.ts";
import { LOGGED_PARAMETERS, nowInSeconds, READ_REPORT, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, startFunction } from "../../support/function.ts";
import { query, SENT } from "../../support/messages.ts";

const SIGNED = "a signed callback was refused";
/** A format that this version does not know. */
const CHANGED = JSON.stringify({ ...READ_REPORT, UnreadMsgNum: null });

describe("A callback that carries a valid signature but is refused", () => {
  test("is logged whole and counted", async () => {
    const { post, log } = await startFunction();
    const bytes = Buffer.from(REPORT.replace("alice", "al\xffce"), "latin1");
    for (const body of [CHANGED, bytes]) expect((await post(signedQuery(nowInSeconds()), body)).statusCode).toBe(400);
    const lines = await log();
    const common = { authenticated: true, ...LOGGED_PARAMETERS };
    const [requestId] = logged(lines, "a callback was refused").map((line) => line["requestId"]);
    expect(requestId).toBeTruthy();
    expect(logged(lines, SIGNED)).toMatchObject([
      { level: "ERROR", reason: "read-report-invalid", requestId, request: { ...common, body: CHANGED } },
      { level: "ERROR", reason: "body-malformed", request: { ...common, body: bytes.toString("base64") } },
    ]);
    expect(readRecoveryLog(lines.join("\n")).records.map(({ kind }) => kind)).toEqual(["refused", "refused"]);
    const counts = logged(lines, "metrics").map(({ RefusedSigned = 0 }) => Number(RefusedSigned));
    expect(counts.reduce((sum, count) => sum + count)).toBe(2);
  });

  test("because it has expired, is logged as unverified, and counted by its reason alone", async () => {
    const { post, log } = await startFunction();
    expect((await post(signedQuery(nowInSeconds() - 65), REPORT)).statusCode).toBe(401);
    const lines = await log();
    expect(logged(lines, SIGNED)).toMatchObject([
      { reason: "request-expired", request: { authenticated: false, body: REPORT } },
    ]);
    expect(logged(lines, "metrics")).toMatchObject([{ Refused: 1, Reason: "request-expired" }, { Genuine: 0 }]);
    expect(lines.join()).not.toContain("RefusedSigned");
  });

  test("is not logged if it would become no event", async () => {
    const { post, log } = await startFunction();
    expect((await post(query(SENT), "{")).statusCode).toBe(400);
    expect((await post(signedQuery(nowInSeconds(), { SdkAppid: "1499999999" }), REPORT)).statusCode).toBe(403);
    expect((await post(signedQuery(nowInSeconds() - 65), "")).statusCode).toBe(401);
    const lines = await log();
    expect(logged(lines, SIGNED)).toEqual([]);
    expect(lines.join()).not.toContain("RefusedSigned");
  });
});

describe("A refused callback that anyone can send is not logged", () => {
  test.each<[string, Record<string, string>, string]>([
    ["because it has no signature", {}, signedQuery(nowInSeconds(), { Sign: undefined })],
    ["because its signature is wrong", {}, signedQuery(nowInSeconds(), { Sign: "0".repeat(64) })],
    [
      "because the operator accepts unsigned callbacks",
      { AUTHENTICATION: "none", TOKEN_SECRET_ARN: "" },
      signedQuery(nowInSeconds()),
    ],
  ])("%s", async (_why, environment, rawQueryString) => {
    const { post, log } = await startFunction(environment);
    expect((await post(rawQueryString, CHANGED)).statusCode).toBeLessThan(500);
    const lines = await log();
    expect(logged(lines, "a callback was refused").length).toBe(1);
    expect(logged(lines, SIGNED)).toEqual([]);
    expect(lines.join()).not.toContain("RefusedSigned");
  });
});
