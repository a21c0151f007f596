import { DOCUMENTED_CALLBACKS } from "../../local/documented-callbacks.ts";
import { COMMANDS, isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { withFreshTimes } from "../shared/fresh-times.ts";
import { HttpError } from "./http-error.ts";
import { type DocumentedCommand, SIGNINGS, type SigningChoice } from "./protocol.ts";
import { KIND_WORDS, READ_REPORT_WORDS, SIGNING_WORDS } from "./send-words.ts";

/** Lists the commands that Tencent documents, with the names of their documented bodies. */
export function listCommands(): DocumentedCommand[] {
  return Object.keys(COMMANDS).map((command) => {
    const kind = isBeforeCallback(command) ? "before" : "after";
    const summary = command === READ_REPORT_COMMAND ? READ_REPORT_WORDS : KIND_WORDS[kind];
    const shapes = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command).map(({ shape }) => shape);
    return { command, kind, summary, shapes };
  });
}

/** Lists the ways to sign. */
export function listSignings(): SigningChoice[] {
  return SIGNINGS.map((signing) => {
    const [label, answer] = SIGNING_WORDS[signing];
    return { signing, label, answer };
  });
}

/**
 * A documented body as JSON, with the current time for its times.
 *
 * @throws {HttpError} with 404 if Tencent does not document it
 */
export function readSample(command: string | undefined, shape: string | undefined): { readonly body: string } {
  const sample = DOCUMENTED_CALLBACKS.find((callback) => callback.command === command && callback.shape === shape);
  if (sample === undefined) {
    throw new HttpError(404, "There is no such sample: expected command and shape as /api/commands lists them.");
  }
  return { body: JSON.stringify(withFreshTimes(sample.body, Date.now()), undefined, 2) };
}
