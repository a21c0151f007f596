import type { CallbackRow, SystemFacts } from "../../bin/console/protocol.ts";

/** The facts about a system that nothing has happened to, with some differences. */
export function consoleState(changes: Partial<SystemFacts> = {}): SystemFacts {
  return {
    callbackUrl: "http://127.0.0.1:8787/callback",
    sdkAppId: "1400000001",
    destination: "fifo",
    forward: [],
    scoreboard: { sent: 0, stored: 0, refused: 0, acknowledged: 0, standby: 0, log: 0, failed: 0 },
    inFlight: 0,
    republished: 0,
    consumed: 0,
    queues: [],
    faults: {},
    stories: [],
    ...changes,
  };
}

/** A row of the console's list, with some differences. */
export function callbackRow(changes: Partial<CallbackRow> = {}): CallbackRow {
  return {
    id: "1",
    receivedAt: 1_790_000_000_000,
    command: "C2C.CallbackAfterMsgReport",
    accounts: ["alice", "bob"],
    verdict: "stored",
    reason: "",
    statusCode: 200,
    milliseconds: 12,
    ...changes,
  };
}
