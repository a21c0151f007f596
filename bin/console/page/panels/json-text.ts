/** Where a text is not JSON. Lines and columns count from 1. */
export interface JsonProblem {
  readonly line: number;
  readonly column: number;
  /** What was expected and what is there, such as `expected a comma or }, found 'Peer_Account'`. */
  readonly message: string;
}

/** A string in a JSON text. */
export interface JsonString {
  /** The names and positions that lead to it, such as `MsgBody.0.MsgType`. */
  readonly path: string;
  /** The name of the innermost field that holds it. */
  readonly field: string;
  readonly value: string;
  /** Where it begins and ends in the text, with its quotation marks. */
  readonly start: number;
  readonly end: number;
}

/** The object or list that a position of a text is in. */
interface Container {
  readonly end: "}" | "]";
  /** The field or position within it. */
  key: string;
  index: number;
}

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|[{}[\],:]/uy;
const WORD = /[\p{L}\p{N}_.+-]{1,40}|./suy;

/**
 * Reads a JSON text, keeping track of where its strings are. Browsers' own messages differ, and Safari's names no position.
 *
 * @returns the strings that are values, or the first problem
 */
export function scanJson(text: string): { readonly strings: readonly JsonString[]; readonly problem?: JsonProblem } {
  const strings: JsonString[] = [];
  const containers: Container[] = [];
  let expected = "a value";
  let position = matchAt(SPACE, text, 0).length;

  while (position < text.length) {
    const token = matchAt(TOKEN, text, position);
    const container = containers.at(-1);
    if (!accepts(expected, token, container)) break;
    if (token === "{" || token === "[") {
      containers.push({ end: token === "{" ? "}" : "]", key: "0", index: 0 });
      expected = token === "{" ? "a name or }" : "a value or ]";
    } else if (token === "}" || token === "]") {
      containers.pop();
      expected = afterValue(containers);
    } else if (token === "," && container) {
      container.key = String(++container.index);
      expected = container.end === "}" ? "a name" : "a value";
    } else if (token === ":") {
      expected = "a value";
    } else if (expected.startsWith("a name") && container) {
      container.key = JSON.parse(token);
      expected = "a colon";
    } else {
      if (token.startsWith('"')) {
        const keys = containers.map(({ key }) => key);
        const field = containers.findLast(({ end }) => end === "}")?.key ?? "";
        const end = position + token.length;
        strings.push({ path: keys.join("."), field, value: JSON.parse(token), start: position, end });
      }
      expected = afterValue(containers);
    }
    position += token.length;
    position += matchAt(SPACE, text, position).length;
  }
  if (position === text.length && expected === END) return { strings };
  return { strings, problem: describeProblem(text, position, expected) };
}

/**
 * Replaces a string in a JSON text, and leaves the rest as it is.
 *
 * @param path as in {@link JsonString}
 */
export function replaceString(text: string, path: string, value: string): string {
  const found = scanJson(text).strings.find((string) => string.path === path);
  return found ? text.slice(0, found.start) + JSON.stringify(value) + text.slice(found.end) : text;
}

const END = "the end";

function afterValue(containers: readonly Container[]): string {
  const container = containers.at(-1);
  return container ? `a comma or ${container.end}` : END;
}

function accepts(expected: string, token: string, container: Container | undefined): boolean {
  if (token === "") return false;
  if (token === ",") return expected.startsWith("a comma");
  if (token === ":") return expected === "a colon";
  if (token === "}" || token === "]") return container?.end === token && expected.endsWith(` or ${token}`);
  if (expected.startsWith("a name")) return token.startsWith('"');
  return expected.startsWith("a value");
}

function describeProblem(text: string, position: number, expected: string): JsonProblem {
  const lines = text.slice(0, position).split("\n");
  const word = matchAt(WORD, text, position);
  let found = `found '${word}'`;
  if (word === "") found = "but the text ends";
  else if (word === '"' && matchAt(TOKEN, text, position) === "")
    found = "found a string that has no end or a wrong \\";
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, message: `expected ${expected}, ${found}` };
}

function matchAt(sticky: RegExp, text: string, position: number): string {
  sticky.lastIndex = position;
  return sticky.exec(text)?.[0] ?? "";
}
