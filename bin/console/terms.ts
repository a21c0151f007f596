import type { Term } from "./protocol.ts";

/** The sum that the scoreboard shows: where every callback that was answered has gone. */
export const TERMS: readonly Term[] = [
  { verdict: "stored", hint: "at the destination" },
  { verdict: "refused", hint: "Tencent got a 4xx" },
  { verdict: "acknowledged", hint: "OK, but no event" },
  { verdict: "standby", hint: "put back later" },
  { verdict: "log", hint: "until replayed" },
  { verdict: "failed", hint: "error, nothing kept" },
];
