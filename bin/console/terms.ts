import type { SystemFacts, Term } from "./protocol.ts";

/** The sum that the scoreboard shows: where every callback that was answered has gone. */
export function termsOf({ handler }: Pick<SystemFacts, "handler">): Term[] {
  return [
    { verdict: "stored", hint: "at the destination" },
    { verdict: "refused", hint: "Tencent got a 4xx" },
    { verdict: "acknowledged", hint: handler ? "200, but no event" : "OK, but no event" },
    { verdict: "standby", hint: "put back later" },
    { verdict: "log", hint: "until replayed" },
    { verdict: "failed", hint: "error, nothing kept" },
  ];
}
