/**
 * Writes a value as JSON that SQS accepts.
 *
 * SQS rejects U+FFFE and U+FFFF even inside JSON, so they are escaped; `JSON.stringify` already escapes control characters
 * and lone surrogates.
 */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
