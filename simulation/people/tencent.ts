import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import { SDK_APP_ID } from "../app.ts";
import type { VirtualClock } from "../clock.ts";
import type { Attempt, History, SentCallback } from "../history.ts";
import { CONTENT_TYPES, type HttpApi } from "../lambda/api.ts";
import type { CallbackKind, Flow, Plan } from "../plan.ts";
import type { Random } from "../random.ts";

/** How long Tencent waits for a reply, in milliseconds. */
const PATIENCE_MS = 2_000;

/** The share of replies that are lost on the way. */
const LOST_REPLIES = 0.002;

/** One of Tencent's servers. */
interface Edge {
  /** How far its clock is ahead, in milliseconds. */
  readonly clockError: number;
  token: string;
}

/** What Tencent depends on. */
export interface TencentDependencies {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly api: HttpApi;
}

/**
 * Tencent Cloud Chat: sends callbacks, each once, or again as soon as it timed out, while the first may still be on its way
 * (https://www.tencentcloud.com/document/product/1047/34354).
 */
export class Tencent {
  readonly #dependencies: TencentDependencies;
  readonly #edges: readonly Edge[];
  readonly #repeatsOnTimeout: boolean;
  #lastKey = 0;

  constructor({ edges, repeatsOnTimeout }: Plan, token: string, dependencies: TencentDependencies) {
    this.#dependencies = dependencies;
    this.#edges = edges.map((clockError) => ({ clockError, token }));
    this.#repeatsOnTimeout = repeatsOnTimeout;
  }

  /** Saves a new token in the console. The servers use it within two minutes, not all at once. */
  saveToken(token: string): void {
    const { clock, random } = this.#dependencies;
    for (const edge of this.#edges) {
      clock.after(random.between(0, 120_000), () => {
        edge.token = token;
      });
    }
  }

  /** Sends so many callbacks of a flow, at random times. Resolves when all have been answered or given up. */
  async send(flow: Flow, callbacks: number): Promise<void> {
    const { clock, random } = this.#dependencies;
    const times = Array.from({ length: callbacks }, () => random.below(flow.duration)).sort(
      (one, other) => one - other,
    );
    await clock.sleep(flow.from);
    const sent: Promise<void>[] = [];
    let elapsed = 0;
    for (const time of times) {
      await clock.sleep(time - elapsed);
      elapsed = time;
      sent.push(this.#sendOne(flow));
    }
    await Promise.all(sent);
  }

  async #sendOne({ kind, conversations, longestDelay }: Flow): Promise<void> {
    const { random, history } = this.#dependencies;
    const callback = this.#create(kind, random.below(conversations));
    history.callbacks.set(callback.key, callback);
    const edge = random.pick(this.#edges);
    const first = this.#attempt(callback, edge, longestDelay);
    const isTimedOut = !(await first.isAnsweredInTime);
    const second = this.#repeatsOnTimeout && isTimedOut ? this.#attempt(callback, edge, longestDelay) : undefined;
    // The run is not over before the function has answered, even if nobody listens any more.
    await Promise.all([first.answered, second?.isAnsweredInTime, second?.answered]);
  }

  #attempt(callback: SentCallback, edge: Edge, longestDelay: number) {
    const { clock, random, api, history } = this.#dependencies;
    const requestTime = Math.floor((clock.now() + edge.clockError) / 1000);
    const { token } = edge;
    const query = signedQuery({
      ...{ sdkAppId: SDK_APP_ID, token, command: callback.command, requestTime },
      // Tencent documents no id that a repeated callback keeps.
      requestId: `request-${callback.key}-${callback.attempts.length + 1}`,
    });
    const contentType = random.pick(CONTENT_TYPES);
    const attempt: Attempt = { sentAt: clock.now(), query, contentType };
    callback.attempts.push(attempt);
    const answered = (async () => {
      await clock.sleep(random.between(5, longestDelay));
      history.trace?.(`API gets ${callback.variant} ${callback.key}`);
      const answer = await api.post({
        ...{ rawQueryString: query, body: callback.body, contentType, sourceIp: "198.51.100.1" },
      });
      attempt.invocation = answer.invocation;
      await clock.sleep(random.chance(LOST_REPLIES) ? 2 * PATIENCE_MS : random.between(5, 50));
      return answer;
    })();
    const isAnsweredInTime = clock.within(PATIENCE_MS, answered).then((answer) => {
      if (answer) attempt.reply = { at: clock.now(), statusCode: answer.statusCode, text: answer.text };
      return answer !== undefined;
    });
    return { answered, isAnsweredInTime };
  }

  #create(kind: CallbackKind, conversation: number): SentCallback {
    const { clock } = this.#dependencies;
    const EventTime = Math.max(this.#lastKey + 1, clock.now());
    this.#lastKey = EventTime;
    const key = String(EventTime);
    // Two conversations each have the same reader.
    const [reader, peer] = [`reader ${Math.floor(conversation / 2)}`, `peer ${conversation}`];
    const common = { key, origin: "genuine" as const, variant: kind, attempts: [] };
    const readReport = {
      CallbackCommand: READ_REPORT_COMMAND,
      Report_Account: reader,
      Peer_Account: peer,
      LastReadTime: Math.floor(EventTime / 1000),
      UnreadMsgNum: EventTime % 7,
      // A field that nobody knows yet, with characters that SQS refuses unless they are escaped.
      FutureField: "\uFFFE\uFFFF",
      EventTime,
    };
    const message = {
      From_Account: reader,
      To_Account: peer,
      GroupId: peer,
      MsgBody: [{ MsgType: "TIMTextElem" }],
      EventTime,
    };
    const other = (command: string, isEvent: boolean, isUserWaiting = false, data: object = message): SentCallback => ({
      ...common,
      command,
      unit: command.startsWith("Group.") ? `group ${peer}` : `conversation ${reader} ${peer}`,
      body: JSON.stringify({ CallbackCommand: command, ...data }),
      isEvent,
      isUserWaiting,
    });
    const read = (data: object): SentCallback => ({
      ...other(READ_REPORT_COMMAND, true, false, data),
      unit: `read ${reader} ${peer}`,
    });
    switch (kind) {
      case "read report":
        return read(readReport);
      case "read report in a new format":
        return read({ ...readReport, UnreadMsgNum: null });
      case "read report that is too large":
        return read({ ...readReport, New: "x".repeat(70_000) });
      case "read report that is cut off": {
        const report = read(readReport);
        return { ...report, body: report.body.slice(0, -1) };
      }
      case "forwarded callback":
        return other(conversation % 2 ? "Group.CallbackAfterSendMsg" : "C2C.CallbackAfterSendMsg", true);
      case "forwarded before-callback":
        return other("C2C.CallbackBeforeSendMsg", true, true);
      case "callback that is not forwarded":
        return other("C2C.CallbackAfterMsgWithDraw", false);
      case "large callback that is not forwarded":
        return other("C2C.CallbackAfterMsgWithDraw", false, false, { ...message, New: "x".repeat(70_000) });
      case "before-callback that is not forwarded":
        return other("Group.CallbackBeforeSendMsg", false, true);
      case "Verify":
        return { ...other(READ_REPORT_COMMAND, false), body: "{}" };
    }
  }
}
