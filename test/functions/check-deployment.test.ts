import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CheckDeploymentVariables } from "../../functions/environment.ts";
import { bundleFile } from "../../lib/bundles.ts";
import { FunctionProcess } from "../../local/function-process.ts";
import { startSecrets } from "../../local/secrets.ts";
import { close, listen } from "../../local/server.ts";
import { SDK_APP_ID, TOKEN } from "../support/callbacks.ts";
import { logged, startFunction } from "../support/function.ts";

const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:checked";
const VERSION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:callback:7";

/** Lambda's response to an invocation. */
interface InvokeResponse {
  readonly payload: unknown;
  readonly failed?: boolean;
}

/**
 * Runs the check's bundle against stand-ins for Lambda and CodeDeploy.
 *
 * @param invoke the new version
 * @param changes environment variables to override; an empty one counts as missing
 * @returns what the check reported to CodeDeploy, what it logged, and how often it invoked the new version
 */
async function check(
  invoke: (event: unknown) => Promise<InvokeResponse>,
  changes: Partial<Record<keyof CheckDeploymentVariables, string>> = {},
) {
  const reports: unknown[] = [];
  const invoked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await json(request);
    if (request.headers["x-amz-target"] === "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus") {
      reports.push(body);
      response.end(JSON.stringify({ lifecycleEventHookExecutionId: "hook" }));
      return;
    }
    invoked.push(decodeURIComponent(request.url ?? ""));
    const { payload, failed } = await invoke(body);
    if (failed) response.setHeader("x-amz-function-error", "Unhandled");
    response.end(JSON.stringify(payload));
  });
  const endpoint = await listen(server);
  const secrets = await startSecrets();
  secrets.create(SECRET_ARN, TOKEN);
  const lines: string[] = [];
  const checkFunction = new FunctionProcess(
    {
      name: "check-deployment",
      bundle: bundleFile("check-deployment"),
      environment: {
        CALLBACK_FUNCTION_ARN: VERSION_ARN,
        SDK_APP_ID,
        TOKEN_SECRET_ARN: SECRET_ARN,
        ...changes,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "id",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_ENDPOINT_URL: endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      },
      timeoutMilliseconds: 15_000,
    },
    (line) => lines.push(line),
  );
  onTestFinished(async () => {
    await checkFunction.stop();
    await Promise.all([close(server), secrets.close()]);
  });
  await checkFunction.invoke({ DeploymentId: "d-1", LifecycleEventHookExecutionId: "hook" });
  await checkFunction.stop();
  for (const url of invoked) expect(url).toBe(`/2015-03-31/functions/${VERSION_ARN}/invocations`);
  return { reports, lines, calls: invoked.length };
}

const report = (status: string) => [{ deploymentId: "d-1", lifecycleEventHookExecutionId: "hook", status }];
const responding =
  (...responses: InvokeResponse[]) =>
  async () =>
    responses.shift() ?? { payload: {} };
const ok = { payload: { statusCode: 200, body: '{"ActionStatus":"OK"}' } };

describe("The check of a new version", () => {
  test("passes a function that acknowledges a Verify and refuses a wrong signature, without creating an event", async () => {
    const { invoke, messages } = await startFunction({ ALLOWED_SOURCE_CIDRS: " 198.51.100.0/24, ::1" });
    const { reports, lines, calls } = await check(async (event) => ({ payload: await invoke(event) }), {
      ALLOWED_SOURCE_CIDRS: " 198.51.100.0/24, ::1",
    });
    expect(reports).toEqual(report("Succeeded"));
    expect(calls).toBe(2);
    expect(messages).toEqual([]);
    expect(logged(lines, "the new version works")).toHaveLength(1);
  });

  test("passes a function that accepts unsigned callbacks if the operator chose that", async () => {
    const { invoke } = await startFunction({ AUTHENTICATION: "none", TOKEN_SECRET_ARN: "" });
    const variables = { TOKEN_SECRET_ARN: undefined as never };
    const { reports } = await check(async (event) => ({ payload: await invoke(event) }), variables);
    expect(reports).toEqual(report("Succeeded"));
  });

  test.each<[string, Parameters<typeof check>[0], RegExp]>([
    [
      "is misconfigured",
      responding({ payload: { statusCode: 503, body: "not configured" } }),
      /^it answered a Verify with 503 not configured$/,
    ],
    [
      "does not reply OK",
      responding({ payload: { statusCode: 200, body: '{"ActionStatus":"FAIL"}' } }),
      /^it answered a Verify with 200 /,
    ],
    ["accepts a wrong signature", responding(ok, ok), /^it answered a wrong signature with 200 /],
    [
      "cannot judge a wrong signature",
      responding(ok, { payload: { statusCode: 503, body: "" } }),
      /^it answered a wrong signature with 503 /,
    ],
    [
      "crashes",
      responding({ payload: { errorMessage: "Cannot find module" }, failed: true }),
      /^the function failed: .*Cannot find module/,
    ],
    ["returns no valid reply", responding({ payload: { statusCode: 200 } }), /is not valid JSON$/],
  ])("fails a function that %s, and logs why", async (_how, invoke, problem) => {
    const { reports, lines } = await check(invoke);
    expect(reports).toEqual(report("Failed"));
    const [line] = logged(lines, "the new version does not work: callbacks stay with the old one");
    expect(line).toMatchObject({ level: "ERROR", error: expect.stringMatching(problem) });
  });

  test("fails if the token cannot be read, because callbacks could not be authenticated either", async () => {
    const { reports, lines, calls } = await check(responding(ok), { TOKEN_SECRET_ARN: "arn:of:nothing" });
    expect(reports).toEqual(report("Failed"));
    expect(calls).toBe(0);
    expect(lines.join()).not.toContain(TOKEN);
  });
});
