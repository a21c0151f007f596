/** Masks tokens in the form that `simulation/run.ts` creates, and all but the first digits of any hex string as long as a signature. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/token-[\da-f-]{36}/g, "token-…")
    .replace(/(?<![\da-f])([\da-f]{8})[\da-f]{56}(?![\da-f])/gi, "$1…");
}
