import { onTestFinished } from "vitest";
import { startFunctions } from "../../local/functions.ts";
import { createHttpApi } from "../../local/http-api.ts";
import { close, listen } from "../../local/server.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";
import { runDoctor } from "./doctor.ts";

/** Opens an endpoint whose URL is known before its function starts, so that it can relay to itself. */
export async function openEndpoint() {
  let functions: Awaited<ReturnType<typeof startFunctions>> | undefined;
  const route = async (event: unknown) => functions?.callback.invoke(event);
  const server = createHttpApi(new Map([["POST /callback", route]]), { request() {}, exchange() {} });
  const origin = await listen(server);
  return {
    url: `${origin}/callback`,
    async start(environment: Readonly<Record<string, string>>) {
      functions = await startFunctions({ sdkAppId: SDK_APP_ID, token: TOKEN, destination: "fifo", environment });
    },
    async close() {
      await functions?.close();
      await close(server);
    },
  };
}

/** An endpoint on the loopback. */
export type Endpoint = Awaited<ReturnType<typeof openEndpoint>>;

/** Opens endpoints until the test ends. */
export async function openEndpoints<const Names extends readonly string[]>(...names: Names) {
  const endpoints = await Promise.all(names.map(openEndpoint));
  onTestFinished(async () => void (await Promise.all(endpoints.map((endpoint) => endpoint.close()))));
  return endpoints as { readonly [Index in keyof Names]: Endpoint };
}

/** Runs `npm run doctor` for an endpoint and a handler; returns the lines about the handler. */
export async function examineHandler(url: string, relayUrl: string, ...options: string[]) {
  const settings = ["--url", url, "--sdk-app-id", SDK_APP_ID, "--token", TOKEN, "--relay-url", relayUrl, ...options];
  const { lines, exitCode } = await runDoctor([TOKEN], ...settings);
  const ofHandler = lines.slice(lines.findIndex((line) => line.includes("  time to answer: ")) + 1);
  // However busy this machine is.
  const punctual = ofHandler.map((line) =>
    line.replace(/^\w+ +(?=signed \w+ to the handler: answered with 200 and JSON)/, "ok    "),
  );
  return { lines: punctual, exitCode };
}
