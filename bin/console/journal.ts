import type { ChatEvent } from "../../events/chat-event.ts";
import type { RelayedCall } from "../../local/handler-proxy.ts";
import type { Exchange, ReceivedRequest } from "../../local/http-api.ts";
import type { LocalSystem, Observer } from "../../local/local-system.ts";
import type { MovedMessage } from "../../local/move-tasks.ts";
import type { DeadLetter, QueueMessage, ReceivedNotice, SentMessage } from "../../local/queue-observer.ts";
import type { QueueRole } from "../../local/queue-roles.ts";
import { readParkedRequest } from "../shared/mask-secrets.ts";
import { CallbackIndex } from "./callback-index.ts";
import { type CallbackRecord, keepReply, remember, sizeOf } from "./callback-record.ts";
import { createRecord } from "./create-record.ts";
import { ExistingHandler } from "./existing-handler.ts";
import type { HandlerFacts } from "./handler-facts.ts";
import { explainStored, ordinal } from "./history-texts.ts";
import { type JournalWatcher, JournalWatchers } from "./journal-watchers.ts";
import { type EndpointSettings, SecondJudge } from "./judge-again.ts";
import type { CallbackRow, Scoreboard } from "./protocol.ts";
import { readEvent } from "./read-event.ts";
import { readRelayFailure } from "./read-relay-failure.ts";
import { RecoveryLines } from "./recovery-lines.ts";
import { Tally } from "./tally.ts";
import { decideVerdict } from "./verdict.ts";

/** What the journal needs to know about the running system. */
export type ObservedSystem = Pick<LocalSystem, "parts" | "token">;

/** How much a journal keeps; the scoreboard counts older callbacks as well. */
export interface JournalLimits {
  readonly maxCallbacks: number;
  /** Of requests, events and replies. */
  readonly maxBytes: number;
}

const DEFAULT_LIMITS: JournalLimits = { maxCallbacks: 100_000, maxBytes: 256 * 1024 * 1024 };

/** Keeps what became of the latest requests to the callback endpoint, in memory. */
export class Journal implements Observer {
  readonly #recoveryLines = new RecoveryLines();
  readonly #judge: SecondJudge;
  readonly #index = new CallbackIndex();
  readonly #tally = new Tally();
  readonly #handler: ExistingHandler;
  readonly #watchers = new JournalWatchers();
  readonly #limits: JournalLimits;
  readonly #roles = new Map<string, QueueRole>();
  #tokens: () => readonly string[] = () => [];
  #bytes = 0;

  constructor(settings: EndpointSettings, limits: Partial<JournalLimits> = {}) {
    this.#handler = new ExistingHandler(settings.relayUrl);
    this.#judge = new SecondJudge(settings);
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Tells the journal about the system that it observes; before that, it knows neither its queues nor its tokens. */
  attach({ parts, token }: ObservedSystem): void {
    for (const [role, name] of Object.entries(parts.queues)) this.#roles.set(name, role as QueueRole);
    this.#tokens = () =>
      (["AWSCURRENT", "AWSPREVIOUS"] as const).flatMap((stage) => token.get(stage)?.SecretString ?? []);
  }

  /** Tells a watcher what happens from now on. Returns a function that ends it. */
  watch(watcher: JournalWatcher): () => void {
    return this.#watchers.add(watcher);
  }

  get scoreboard(): Scoreboard {
    return this.#tally.scoreboard;
  }

  /** How many callbacks have no reply yet. */
  get inFlight(): number {
    return this.#index.unanswered;
  }

  /** How many events came to the destination from standby, and how many messages consumers deleted from there. */
  get counts(): { readonly republished: number; readonly consumed: number } {
    return this.#tally;
  }

  /** What the existing handler got and did; `undefined` unless callbacks are relayed to one. */
  get handler(): HandlerFacts | undefined {
    return this.#handler.facts;
  }

  /** The log lines about callbacks that are stored nowhere else. */
  linesToReplay(): string {
    const isStored = (id: string) => ["stored", "standby"].includes(this.#index.get(id)?.row.verdict ?? "");
    return this.#recoveryLines.text((id) => !isStored(id));
  }

  get(id: string): CallbackRecord | undefined {
    return this.#index.get(id);
  }

  /** The callback that a message came from, if the journal knows it. */
  byMessage(messageId: string): CallbackRecord | undefined {
    return this.#index.byMessage(messageId);
  }

  /** The id of the latest callback with a query. */
  latestWithQuery(rawQueryString: string): string | undefined {
    return Array.from(this.#index.all()).findLast((record) => record.rawQueryString === rawQueryString)?.id;
  }

  /** The rows of all callbacks that it keeps, the oldest first. */
  get rows(): CallbackRow[] {
    return Array.from(this.#index.all(), ({ row }) => row);
  }

  request(request: ReceivedRequest): void {
    const record = createRecord(request);
    this.#index.add(record);
    this.#bytes += sizeOf(record);
    this.#tally.changed(undefined, record.row.verdict);
    remember(record, request.receivedAt, "Received from Tencent.");
    this.#watchers.callback(record.row);
    this.#makeRoom();
    this.#judge.judge(request, this.#tokens()).then((expectations) => {
      record.expectations = expectations;
      this.#index.expect(record);
      this.#update(record);
    });
  }

  exchange({ request, statusCode, responseBody, milliseconds }: Exchange): void {
    const record = this.#index.get(request.id);
    if (record === undefined) return;
    record.reply = keepReply({ statusCode, body: responseBody, milliseconds });
    this.#bytes += record.reply.body.length;
    this.#index.answer(record);
    remember(record, Date.now(), `Answered with ${statusCode} after ${Math.round(milliseconds)} ms.`);
    record.row = { ...record.row, statusCode, milliseconds };
    this.#update(record, true);
  }

  sent({ queueName, messageId, body, dropped }: SentMessage): void {
    this.#watchers.change();
    const role = this.#roles.get(queueName);
    const event = readEvent(body);
    if (role === "destination" && event) this.#watchers.event(event, dropped);
    const record = this.#senderOf(body, event);
    if (record === undefined || role === undefined) return;
    if (event && record.event === undefined) {
      record.event = body;
      this.#bytes += body.length;
    }
    if (role === "destination") this.#stored(record, event, queueName, dropped);
    else if (role === "standby") this.#parked(record, event === undefined);
    else this.#givenUp(record, queueName);
    if (!dropped) this.#place(record, messageId, role);
    this.#update(record);
  }

  received({ queueName, messageId, receiveCount }: ReceivedNotice): void {
    this.#watchers.change();
    const who = this.#roles.get(queueName) === "standby" ? "the republish function" : "a consumer";
    this.#remember(messageId, `Received by ${who} from ${queueName}, for the ${ordinal(receiveCount)} time.`);
  }

  deleted({ queueName, messageId }: QueueMessage): void {
    this.#watchers.change();
    if (this.#roles.get(queueName) === "destination") this.#tally.consumed += 1;
    const record = this.#remember(messageId, `Deleted from ${queueName}.`);
    if (record === undefined) return;
    record.messages.delete(messageId);
    this.#index.unlinkMessage(messageId);
    this.#update(record);
  }

  deadLettered({ queueName, from, messageId }: DeadLetter): void {
    this.#watchers.change();
    const record = this.#remember(
      messageId,
      `Moved from ${from} to the dead letters, ${queueName}: received too often.`,
    );
    const role = this.#roles.get(queueName);
    if (record === undefined || role === undefined) return;
    this.#place(record, messageId, role);
    this.#update(record);
  }

  moved({ queueName, from, messageId, previousMessageId }: MovedMessage): void {
    this.#watchers.change();
    const record = this.#remember(previousMessageId, `Moved from ${from} to ${queueName}.`);
    const role = this.#roles.get(queueName);
    if (record === undefined) return;
    record.messages.delete(previousMessageId);
    this.#index.unlinkMessage(previousMessageId);
    record.isForged = false;
    if (role === "destination") record.isStored = true;
    if (role) this.#place(record, messageId, role);
    this.#update(record);
  }

  relayed(call: RelayedCall): void {
    this.#watchers.change();
    const record = this.#index.get(call.requestId);
    this.#handler.called(record, call);
    if (record === undefined) return;
    this.#bytes += record.relay?.reply?.body.length ?? 0;
    this.#update(record);
  }

  log(_functionName: string, line: string): void {
    const failure = readRelayFailure(line);
    const failed = this.#index.get(failure?.requestId ?? "");
    if (failure && failed) {
      this.#handler.failed(failed, failure.problem);
      this.#update(failed);
    }
    for (const { record: logged, requestId } of this.#recoveryLines.add(line)) {
      const callback =
        logged.kind === "event"
          ? this.#index.byEvent(logged.event.detail.metadata)
          : logged.kind === "request"
            ? this.#index.byLoggedRequest(logged.request)
            : this.#index.get(requestId ?? "");
      if (callback === undefined) continue;
      this.#recoveryLines.link(line, callback.id);
      if (logged.kind === "refused") remember(callback, Date.now(), "The log keeps it: its signature is Tencent's.");
      else {
        callback.isLogged = true;
        remember(callback, Date.now(), "The log keeps it, as neither the destination nor standby took it.");
      }
      this.#update(callback);
    }
  }

  failure(): void {
    this.#watchers.change();
  }

  #stored(record: CallbackRecord, event: ChatEvent | undefined, queueName: string, dropped: boolean): void {
    if (event?.detail.metadata.republished === true) {
      const isFromStandby = [...record.messages.values()].includes("standby");
      if (isFromStandby && !record.isRepublished) this.#tally.republished += 1;
      record.isRepublished ||= isFromStandby;
      record.isReplayed ||= !isFromStandby && record.isLogged && !record.isStored;
    }
    record.isRepeat = dropped && (!record.isStored || record.isRepeat);
    remember(record, Date.now(), explainStored(record, queueName, dropped));
    record.isStored = true;
  }

  #parked(record: CallbackRecord, isRequest: boolean): void {
    record.isParked ||= isRequest;
    remember(
      record,
      Date.now(),
      isRequest
        ? "The request itself is on standby: the token could not be read."
        : "On standby: the destination did not take it.",
    );
  }

  #givenUp(record: CallbackRecord, queueName: string): void {
    record.isForged = record.isParked && record.expectations?.signed.refusal !== undefined;
    remember(record, Date.now(), `Given up by the republish function, which sent it to ${queueName}.`);
  }

  #place(record: CallbackRecord, messageId: string, role: QueueRole): void {
    record.messages.set(messageId, role);
    this.#index.linkMessage(messageId, record);
  }

  #remember(messageId: string, text: string): CallbackRecord | undefined {
    const record = this.#index.byMessage(messageId);
    if (record) remember(record, Date.now(), text);
    return record;
  }

  /** The callback that a function sent a message for. */
  #senderOf(body: string, event: ChatEvent | undefined): CallbackRecord | undefined {
    if (event) return this.#index.byEvent(event.detail.metadata);
    const parked = readParkedRequest(body);
    return this.#index.get(parked?.parkedRequest.requestContext?.requestId ?? "");
  }

  #update(record: CallbackRecord, isChanged = false): void {
    const { row } = record;
    const { verdict, reason, isHandlerFailed } = decideVerdict(record);
    if (!isChanged && row.verdict === verdict && row.reason === reason) return;
    this.#tally.changed(row.verdict, verdict);
    record.row = { ...row, verdict, reason, ...(isHandlerFailed && { isHandlerFailed }) };
    this.#watchers.callback(record.row);
  }

  #makeRoom(): void {
    const { maxCallbacks, maxBytes } = this.#limits;
    for (const record of this.#index.all()) {
      if (this.#index.size <= maxCallbacks && this.#bytes <= maxBytes) return;
      // The scoreboard waits for its reply. Open connections limit how many there are.
      if (record.reply === undefined) continue;
      this.#index.remove(record);
      this.#recoveryLines.forget(record.id);
      this.#bytes -= sizeOf(record);
    }
  }
}
