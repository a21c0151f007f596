import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

/** How to use the local system, which `npm start` tells once it is ready. */
export interface Ready {
  readonly callbackUrl: string;
  /** Absent if there is no console. */
  readonly consoleUrl?: string;
  readonly sdkAppId: string;
  readonly token: string;
  readonly sqsEndpoint: string;
  readonly queueUrl: string;
  readonly standbyQueueUrl: string;
}

/** Not in version control; the token in it is only valid for the local system. */
const FOLDER = new URL("../.local/", import.meta.url);

/**
 * Writes the ready file that `npm run send` reads, and one that a shell reads; only this user may read them.
 *
 * @param shellSettings the shell's file
 */
export async function writeReadyFile(ready: Ready, shellSettings: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileFor(ready.callbackUrl, "json"), JSON.stringify(ready), { mode: 0o600 });
  await writeFile(fileFor(ready.callbackUrl, "sh"), shellSettings, { mode: 0o600 });
}

/** Reads the ready file of the local system at a URL; `undefined` when none is running there. */
export async function readReadyFile(callbackUrl: string): Promise<Ready | undefined> {
  try {
    const ready = JSON.parse(await readFile(fileFor(callbackUrl, "json"), "utf8")) as Ready;
    return ready.callbackUrl === callbackUrl ? ready : undefined;
  } catch {
    return undefined;
  }
}

/** Deletes both files. */
export async function removeReadyFile({ callbackUrl }: Ready): Promise<void> {
  await rm(fileFor(callbackUrl, "json"), { force: true });
  await rm(fileFor(callbackUrl, "sh"), { force: true });
}

function fileFor(callbackUrl: string, type: "json" | "sh"): URL {
  return new URL(`${new URL(callbackUrl).port}.${type}`, FOLDER);
}
