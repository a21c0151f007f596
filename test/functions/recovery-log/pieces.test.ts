import { describe, expect, test } from "vitest";
import { readRecoveryLog } from "../../../functions/recovery-log.ts";
import { REPORT } from "../../support/callbacks.ts";
import { refusedLine, requestLine } from "../../support/replay.ts";

const signedLine = () => refusedLine('{"Padding":1}');
const expiredLine = () => refusedLine(REPORT, {}, false);

/** The positions after which a line may be cut so that the rest of another one fits. */
const cuts = (line: string) => Array.from(line.matchAll(/[",]/g), ({ index }) => index + 1);

describe("A stranger's request does not become an authenticated one if what lies between two pieces is lost", () => {
  test.each<[string, () => string, () => string]>([
    ["of a signed callback and a request that was never authenticated", signedLine, requestLine],
    ["of a signed callback and an expired one", signedLine, expiredLine],
    ["of a request that was never authenticated and a signed callback", requestLine, signedLine],
    ["of an expired callback and a signed one", expiredLine, signedLine],
  ])("%s", (_what, writeHead, writeTail) => {
    const [head, tail] = [writeHead(), writeTail()];
    for (const end of cuts(head)) {
      for (const start of cuts(tail)) {
        const events = [{ message: head.slice(0, end) }, { message: tail.slice(start) }];
        for (const record of readRecoveryLog(JSON.stringify({ events })).records) {
          const { authenticated, body } = record.kind === "event" ? expect.fail() : record.request;
          expect(authenticated && body.includes("alice")).toBe(false);
        }
      }
    }
  });
});
