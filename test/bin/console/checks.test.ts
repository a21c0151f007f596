import { afterAll, beforeAll, expect, test } from "vitest";
import { CHECKS, type CheckName } from "../../../bin/console/checks.ts";
import type { CallbackDetail } from "../../../bin/console/protocol.ts";
import { postCallback } from "../../../bin/shared/post-callback.ts";
import type { RefusalReason } from "../../../tencent/refusal.ts";
import { ANSWERS, type Answer } from "../../support/answers.ts";
import { nowInSeconds } from "../../support/callbacks.ts";
import { type ConsoleUnderTest, startConsoleUnderTest } from "../../support/running-console.ts";

let running: ConsoleUnderTest;
beforeAll(async () => {
  running = await startConsoleUnderTest();
});
afterAll(() => running.close());

/** Sends a callback, and reads what the console knows about it. */
async function send({ query, body }: Pick<Answer, "query" | "body">): Promise<CallbackDetail> {
  const url = new URL(running.system.outputs["CallbackUrl"] ?? "");
  await postCallback(url, query(nowInSeconds()), typeof body === "string" ? body : Buffer.from(body), 15_000);
  const { id } = running.journal.rows.at(-1) ?? { id: "" };
  return (await running.get(`/api/callbacks/${id}`)).json<CallbackDetail>();
}

function deciding({ checks }: CallbackDetail) {
  return checks.flatMap(({ name, outcome }) => (outcome === "decided" ? [name] : []));
}

const CHECK_BY_REASON: Readonly<Partial<Record<RefusalReason, CheckName>>> = {
  "parameter-repeated": "Repeated parameters",
  "signature-missing": "Signature present",
  "signature-malformed": "Signature present",
  "signature-invalid": "Signature",
  "request-expired": "Request time",
  "sdk-app-id-missing": "SDKAppID",
  "sdk-app-id-mismatch": "SDKAppID",
  "body-too-large": "Body size",
  "body-malformed": "JSON",
  "command-missing": "Command",
  "command-mismatch": "Command",
  "read-report-invalid": "Fields",
};

/** The check that decides on an answer, as its description says. */
function expectedCheck({ behaviour, reason, published }: Answer): CheckName {
  if (reason) return CHECK_BY_REASON[reason] ?? "Route";
  if (published) return "Storage";
  if (behaviour.includes("Verify")) return "Verify";
  return /before-callback|PrevFriend/.test(behaviour) ? "Before-callback" : "Forwarding";
}

test.each(ANSWERS)("Of the checks, the one is shown that $behaviour", async (answer) => {
  const detail = await send(answer);
  expect(detail.statusCode).toBe(answer.status);
  expect(deciding(detail)).toEqual([expectedCheck(answer)]);
  const index = CHECKS.indexOf(expectedCheck(answer));
  expect(detail.checks.map(({ outcome }) => outcome)).toEqual(
    CHECKS.map((_name, other) => (other < index ? "passed" : other === index ? "decided" : "not reached")),
  );
  expect(detail.verdict).toBe(answer.reason ? "refused" : answer.published ? "stored" : "acknowledged");
});

const GENUINE = ANSWERS.find(({ behaviour }) => behaviour.endsWith("with all fields")) as Answer;

test.each([
  ["function", "kill", "Function", "failed"],
  ["destination", "fail", "Storage", "standby"],
] as const)("While the %s is made to %s, %s is the check that decides", async (part, mode, check, verdict) => {
  running.faults.break(part, mode);
  const detail = await send({ ...GENUINE, body: String(GENUINE.body).replace("al0", `al-${part}`) });
  running.faults.heal();
  expect([deciding(detail), detail.verdict]).toEqual([[check], verdict]);
});

test("While neither destination nor standby takes an event, Storage decides, and the log has it", async () => {
  running.faults.break("destination", "fail");
  running.faults.break("standby", "fail");
  const detail = await send({ ...GENUINE, body: String(GENUINE.body).replace("al0", "al-log") });
  running.faults.heal();
  expect([detail.statusCode, deciding(detail)]).toEqual([503, ["Storage"]]);
  await expect.poll(() => running.journal.get(detail.id)?.row.verdict).toBe("log");
});

test("A request to another path is refused by the route", async () => {
  const { origin } = new URL(running.system.outputs["CallbackUrl"] ?? "");
  await fetch(`${origin}/other?Sign=secret`);
  const row = running.journal.rows.at(-1);
  const detail = (await running.get(`/api/callbacks/${row?.id}`)).json<CallbackDetail>();
  expect([detail.method, detail.path, detail.verdict, deciding(detail)]).toEqual([
    "GET",
    "/other",
    "refused",
    ["Route"],
  ]);
});
