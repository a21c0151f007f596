import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

/** What `npm start` says about itself once it can be used. */
export interface Ready {
  readonly callbackUrl: string;
  readonly sdkAppId: string;
  readonly token: string;
  readonly sqsEndpoint: string;
  readonly queueUrl: string;
  readonly standbyQueueUrl: string;
}

/** Not in version control; the token in it is good for the local system alone. */
const FOLDER = new URL("../.local/", import.meta.url);

/** Writes the ready file that `npm run send` reads, for this user's eyes alone. */
export async function writeReadyFile(ready: Ready): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileFor(ready.callbackUrl), JSON.stringify(ready), { mode: 0o600 });
}

/** What the local system at a URL said about itself; `undefined` when none is running there. */
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
