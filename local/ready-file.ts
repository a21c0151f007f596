import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

/** How to use the local system, which `npm start` tells once it is ready. */
export interface Ready {
  readonly callbackUrl: string;
  readonly sdkAppId: string;
  readonly token: string;
  readonly sqsEndpoint: string;
  readonly queueUrl: string;
  readonly standbyQueueUrl: string;
}

/** Not in version control; the token in it is only valid for the local system. */
const FOLDER = new URL("../.local/", import.meta.url);

/** Writes the ready file that `npm run send` reads; only this user may read it. */
export async function writeReadyFile(ready: Ready): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileFor(ready.callbackUrl), JSON.stringify(ready), { mode: 0o600 });
}

/** Reads the ready file of the local system at a URL; `undefined` when none is running there. */
export async function readReadyFile(callbackUrl: string): Promise<Ready | undefined> {
  try {
    const ready = JSON.parse(await readFile(fileFor(callbackUrl), "utf8")) as Ready;
    return ready.callbackUrl === callbackUrl ? ready : undefined;
  } catch {
    return undefined;
  }
}

/** Deletes the ready file. */
export async function removeReadyFile({ callbackUrl }: Ready): Promise<void> {
  await rm(fileFor(callbackUrl), { force: true });
}

function fileFor(callbackUrl: string): URL {
  return new URL(`${new URL(callbackUrl).port}.json`, FOLDER);
}
