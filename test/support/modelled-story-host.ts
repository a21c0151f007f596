import { createHash, randomUUID } from "node:crypto";
import type { CallbackRow, Signing } from "../../bin/console/protocol.ts";
import type { StoryHost, StoryWatcher } from "../../bin/console/stories/story.ts";
import type { ChatEvent } from "../../events/chat-event.ts";
import { Faults } from "../../local/faults.ts";
import { isBeforeCallback } from "../../tencent/commands.ts";

/** The model's promises, which a test breaks one at a time. */
export interface Promises {
  /** The reply to a callback. */
  reply(signing: Signing, isTokenValid: boolean): number;
  /** Whether the destination keeps the event of the callback that came as the nth, from 1. */
  keeps(nth: number): boolean;
  /** Whether standby takes events. */
  readonly parks: boolean;
  /** Whether events leave standby once the destination is healthy. */
  readonly republishes: boolean;
  /** Whether the queue drops repeats. */
  readonly dropsRepeats: boolean;
  /** Whether replay puts back what only the log has. */
  readonly replays: boolean;
  /** How many of the latest tokens are valid. */
  readonly validTokens: number;
  /** Whether Tencent gets the existing handler's failures. */
  readonly passesFailures: boolean;
  /** Whether breaking a part has an effect. */
  readonly breaks: boolean;
}

const STATUS_CODES: Readonly<Record<Signing, number>> = {
  correct: 200,
  wrong: 401,
  "too old": 401,
  "too early": 401,
  unsigned: 401,
  "other app": 403,
  repeated: 400,
};

const KEPT: Promises = {
  reply: (signing, isTokenValid) => (isTokenValid ? STATUS_CODES[signing] : 401),
  keeps: () => true,
  parks: true,
  republishes: true,
  dropsRepeats: true,
  replays: true,
  validTokens: 2,
  passesFailures: true,
  breaks: true,
};

/** A host for stories that only models the system, so that a test can break any of its promises. */
export function modelledStoryHost(broken: Partial<Promises> = {}): StoryHost {
  const promises = { ...KEPT, ...broken };
  const watchers = new Set<StoryWatcher>();
  const tokens = ["first token", "first token"];
  const waiting: { row: CallbackRow; event: ChatEvent }[] = [];
  const logged: typeof waiting = [];
  let received = 0;

  function store(row: CallbackRow, event: ChatEvent, isDropped = false): void {
    for (const { event: tell } of watchers) tell(event, isDropped);
    show({ ...row, verdict: "stored" });
  }
  function show(row: CallbackRow): void {
    for (const { callback } of watchers) callback(row);
  }
  function healed(): void {
    if (faults.active.destination || !promises.republishes) return;
    for (const { row, event } of waiting.splice(0)) store(row, event);
  }
  function askHandler(): number {
    const { mode } = faults.active.handler ?? {};
    if (mode === undefined || !promises.passesFailures) return 200;
    return mode === "hang" ? 502 : 500;
  }
  const faults = new Faults();
  faults.watch(healed);

  return {
    destination: "fifo",
    get token() {
      return tokens[0] ?? "";
    },
    faults: {
      get active() {
        return faults.active;
      },
      break: (...fault) => promises.breaks && faults.break(...fault),
      heal: (part) => faults.heal(part),
    },
    async send({ command, body, signing, token }) {
      received += 1;
      const data = JSON.parse(body) as Readonly<Record<string, string>>;
      if (isBeforeCallback(command)) return { statusCode: askHandler() };
      const isTokenValid = tokens.slice(0, promises.validTokens).includes(token);
      const statusCode = promises.reply(signing, isTokenValid);
      const accounts = [data["Report_Account"] ?? "", data["Peer_Account"] ?? ""];
      const row: CallbackRow = {
        ...{ id: randomUUID(), receivedAt: Date.now(), command: "", accounts, verdict: "in flight", reason: "" },
        ...{ statusCode, milliseconds: 1 },
      };
      if (statusCode !== 200) {
        show({ ...row, verdict: "refused", reason: signing });
        return { statusCode };
      }
      const deduplicationId = createHash("sha256").update(body).digest("hex");
      const event = { detail: { data, metadata: { deduplicationId } } } as unknown as ChatEvent;
      const { destination, standby } = faults.active;
      if (destination?.mode === "lose-answer") store(row, event);
      if (destination?.mode === "fail") {
        const isParked = !standby && promises.parks;
        (isParked ? waiting : logged).push({ row, event });
        show({ ...row, verdict: isParked ? "standby" : "log" });
        return { statusCode: isParked ? 200 : 503 };
      }
      if (promises.keeps(received)) store(row, event, destination !== undefined && promises.dropsRepeats);
      else show({ ...row, verdict: "stored" });
      return { statusCode };
    },
    storeToken: (token) => void tokens.unshift(token),
    async replay() {
      const found = logged.length;
      if (promises.replays) for (const { row, event } of logged.splice(0)) store(row, event);
      return { found, putBack: found - logged.length, problems: [] };
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}
