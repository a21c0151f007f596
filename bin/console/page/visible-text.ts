/** A piece of a text; `isHidden` if it is one character that is invisible or turns its neighbours around. */
export interface TextPiece {
  readonly text: string;
  readonly isHidden: boolean;
}

// Control, format and surrogate characters and separators, but neither line breaks and tabs nor the joiners inside an emoji.
const HIDDEN = /(?<!\p{Extended_Pictographic}\uFE0F?)\u200D|(?![\n\t\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Splits a text at the characters with which it could pass for another, such as U+202E, which reverses what follows. */
export function splitHidden(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (index > end) pieces.push({ text: text.slice(end, index), isHidden: false });
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    pieces.push({ text: `U+${codePoint}`, isHidden: true });
    end = index + character.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isHidden: false });
  return pieces;
}

/** A text with the same characters spelled out, for places that take no markup. */
export function showHidden(text: string): string {
  return splitHidden(text)
    .map(({ text }) => text)
    .join("");
}
