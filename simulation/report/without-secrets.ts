/** Shortens what may be a secret: tokens, as `simulation/run.ts` makes them, and everything as long as a signature. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/token-[\da-f-]{36}/g, "token-…")
    .replace(/(?<![\da-f])([\da-f]{8})[\da-f]{56}(?![\da-f])/gi, "$1…");
}
