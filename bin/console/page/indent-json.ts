const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Indents JSON without changing its tokens: parsing and printing would round large numbers and drop repeated names.
 *
 * @returns `undefined` if it is not JSON
 */
export function indentJson(json: string): string | undefined {
  try {
    JSON.parse(json);
  } catch {
    return undefined;
  }
  let indented = "";
  let depth = 0;
  let previous = "";
  const newLine = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of json.matchAll(TOKEN)) {
    const isClosing = token === "}" || token === "]";
    if (isClosing) depth--;
    const isEmpty = isClosing && (previous === "{" || previous === "[");
    if (previous === "," || ((previous === "{" || previous === "[" || isClosing) && !isEmpty)) indented += newLine();
    indented += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth++;
    previous = token;
  }
  return indented;
}
