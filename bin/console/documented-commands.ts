import { DOCUMENTED_CALLBACKS } from "../../local/documented-callbacks.ts";
import { COMMANDS, familyOf, isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { withFreshTimes } from "../shared/fresh-times.ts";
import { HttpError } from "./http-error.ts";
import { type DocumentedCommand, SIGNINGS, type SigningChoice } from "./protocol.ts";
import { KIND_WORDS, READ_REPORT_WORDS, RELAYED_KIND_WORDS, SIGNING_WORDS } from "./send-words.ts";

/**
 * Lists the commands that Tencent documents, with the names of their documented bodies; the read report and its family first.
 *
 * @param isRelayed whether the existing handler gets a command's callbacks
 */
export function listCommands(isRelayed: (command: string) => boolean): DocumentedCommand[] {
  const commands = Object.keys(COMMANDS).toSorted((a, b) => distance(a) - distance(b));
  return commands.map((command) => {
    const kindWords = isRelayed(command) ? RELAYED_KIND_WORDS : KIND_WORDS;
    const summary = command === READ_REPORT_COMMAND ? READ_REPORT_WORDS : kindWords[kindOf(command)];
    const shapes = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command).map(({ shape }) => shape);
    return { command, kind: kindOf(command), summary, shapes };
  });
}

/** How far a command is from the read report, for which the project exists. */
function distance(command: string): number {
  if (command === READ_REPORT_COMMAND) return 0;
  return familyOf(command) === familyOf(READ_REPORT_COMMAND) ? 1 : 2;
}

function kindOf(command: string): DocumentedCommand["kind"] {
  return isBeforeCallback(command) ? "before" : "after";
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
 * @param shape the first one unless given
 * @throws {HttpError} with 404 if Tencent does not document it
 */
export function readSample(command: string | undefined, shape: string | undefined): { readonly body: string } {
  const sample = DOCUMENTED_CALLBACKS.find(
    (callback) => callback.command === command && (shape === undefined || callback.shape === shape),
  );
  if (sample === undefined) {
    throw new HttpError(404, "There is no such sample: expected command and shape as /api/commands lists them.");
  }
  return { body: JSON.stringify(withFreshTimes(sample.body, Date.now()), undefined, 2) };
}
