import type { JsonProblem } from "./protocol.ts";

/** The ends of the objects and lists that a position of a text is in, the innermost last. */
type Ends = ("}" | "]")[];

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|[{}[\],:]/uy;
const WORD = /[\p{L}\p{N}_.+-]{1,40}|./suy;

/**
 * Finds where a text is not JSON. Browsers' own messages differ, and Safari's names no position.
 *
 * @returns `undefined` for JSON
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  const ends: Ends = [];
  let expected = "a value";
  let position = matchAt(SPACE, text, 0).length;
  while (position < text.length) {
    const token = matchAt(TOKEN, text, position);
    const end = ends.at(-1);
    if (!accepts(expected, token, end)) break;
    if (token === "{" || token === "[") {
      ends.push(token === "{" ? "}" : "]");
      expected = token === "{" ? "a name or }" : "a value or ]";
    } else if (token === "}" || token === "]") {
      ends.pop();
      expected = afterValue(ends);
    } else if (token === ",") {
      expected = end === "}" ? "a name" : "a value";
    } else if (token === ":") {
      expected = "a value";
    } else {
      expected = expected.startsWith("a name") ? "a colon" : afterValue(ends);
    }
    position += token.length;
    position += matchAt(SPACE, text, position).length;
  }
  return position === text.length && expected === END ? undefined : describeProblem(text, position, expected);
}

const END = "the end";

function afterValue(ends: Ends): string {
  const end = ends.at(-1);
  return end ? `a comma or ${end}` : END;
}

function accepts(expected: string, token: string, end: string | undefined): boolean {
  if (token === "") return false;
  if (token === ",") return expected.startsWith("a comma");
  if (token === ":") return expected === "a colon";
  if (token === "}" || token === "]") return end === token && expected.endsWith(` or ${token}`);
  if (expected.startsWith("a name")) return token.startsWith('"');
  return expected.startsWith("a value");
}

function describeProblem(text: string, position: number, expected: string): JsonProblem {
  const lines = text.slice(0, position).split("\n");
  const word = matchAt(WORD, text, position);
  let found = `but found '${word}'`;
  if (word === "") found = "but the text ends";
  else if (word === '"' && matchAt(TOKEN, text, position) === "")
    found = "but found a string that has no end or a wrong \\";
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, message: `expected ${expected}, ${found}` };
}

function matchAt(sticky: RegExp, text: string, position: number): string {
  sticky.lastIndex = position;
  return sticky.exec(text)?.[0] ?? "";
}
