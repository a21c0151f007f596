/** Escapes the control characters of text, so that it stays on one line and can't steer the terminal: `\u001b[2J`. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
