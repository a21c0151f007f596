import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundleOptions } from "../../bin/build/build-functions.ts";
import type { HttpAnswer, HttpRequest } from "../../functions/aws/http.ts";
import { type Bundle, compileBundle } from "../../simulation/lambda/bundle.ts";
import { ExecutionEnvironment } from "../../simulation/lambda/environment.ts";
import type { Network } from "../../simulation/lambda/http.ts";
import type { World } from "../../simulation/world.ts";

/** The host that requests go to. */
export const HOST = "sqs.us-east-1.amazonaws.com";
/** The usual request. */
export const REQUEST: HttpRequest = {
  method: "POST",
  headers: { "x-amz-target": "AmazonSQS.SendMessage" },
  body: "{}",
};
/** When it is given up, in milliseconds. */
export const TIMEOUT = 400;
/** What is answered. */
export const OUTPUT = '{"MessageId":"1"}';

/** How a request ends for the functions. */
export interface Outcome {
  readonly statusCode?: number;
  readonly text?: string;
  readonly error?: string;
  /** Whether a connection ended that had been kept open. */
  readonly isStale?: boolean;
}

/** Waits for the end of a request. */
export function toOutcome(sent: Promise<HttpAnswer>): Promise<Outcome> {
  return sent.then(
    ({ statusCode, body }) => ({ statusCode, text: body.toString() }),
    // An environment has a class of its own for each error.
    ({ name, code, message, cause }: NodeJS.ErrnoException) => ({
      error: (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? message,
      isStale: name === "StaleConnection",
    }),
  );
}

/** `functions/aws/http.ts` as a function whose events are requests. */
async function buildSend(): Promise<Bundle> {
  const options: BuildOptions & { readonly write: false } = {
    ...bundleOptions("callback"),
    entryPoints: [],
    stdin: {
      contents: `import { send } from "./functions/aws/http.ts";
        export const handler = ({ url, request, timeout, maxBytes }) => send(new URL(url), request, timeout, maxBytes);`,
      resolveDir: join(import.meta.dirname, "../.."),
    },
  };
  const { outputFiles } = await build(options);
  return compileBundle(outputFiles.map(({ text }) => text).join(""), "http");
}

const bundle = await buildSend();

/** What differs from the usual request. */
interface Changes {
  readonly url?: string;
  readonly request?: HttpRequest;
  readonly maxBytes?: number;
}

/** Starts an environment that sends requests. */
export async function startEnvironment(world: World, network: Network) {
  const environment = new ExecutionEnvironment(
    { bundle, variables: {}, clockError: () => 0, freezesClock: false, onLine: () => {} },
    { ...world, network },
  );
  await world.clock.runUntil(environment.start());
  const request = (changes: Changes = {}) => {
    const event = { url: `https://${HOST}/`, request: REQUEST, timeout: TIMEOUT, ...changes };
    return toOutcome(environment.invoke(event) as Promise<HttpAnswer>);
  };
  return { environment, request };
}
