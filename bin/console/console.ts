import type { Publisher } from "../../functions/destination/publisher.ts";
import { createRelayTarget } from "../../functions/relay-target.ts";
import { type Faults, modesOf } from "../../local/faults.ts";
import type { LocalSystem } from "../../local/local-system.ts";
import { maskFor } from "../shared/mask-secrets.ts";
import { describeCallback } from "./callback-detail.ts";
import type { CheckName } from "./checks.ts";
import { copiesOf } from "./copies.ts";
import { edgesOf, partsOf } from "./diagram.ts";
import { listCommands } from "./documented-commands.ts";
import { HttpError } from "./http-error.ts";
import type { Journal } from "./journal.ts";
import type { EndpointSettings } from "./judge-again.ts";
import type {
  Actions,
  CallbackDetail,
  CopiedCallback,
  Copies,
  DocumentedCommand,
  ReplayOutput,
  SendOutput,
  SystemFacts,
  SystemState,
} from "./protocol.ts";
import { QueueActions } from "./queue-actions.ts";
import { connectToDestination, replayLines } from "./replay-lines.ts";
import { Sender } from "./sender.ts";
import { StoryBoard } from "./story-board.ts";
import { switchesOf } from "./switches.ts";
import { termsOf } from "./terms.ts";

/** What the console shows and acts on. */
export interface ConsoleOptions extends EndpointSettings {
  readonly system: LocalSystem;
  /** Observes the system; attached to it. */
  readonly journal: Journal;
  /** The faults that the system was started with. */
  readonly faults: Faults;
}

/** The checks that find fault with a signature. */
const SIGNATURE_CHECKS: readonly CheckName[] = [
  "Repeated parameters",
  "Signature present",
  "Signature",
  "Request time",
];

/** All that the console does, apart from HTTP. */
export class Console {
  readonly queues: QueueActions;
  readonly sender: Sender;
  readonly stories: StoryBoard;
  readonly #options: ConsoleOptions;
  readonly #destination: Publisher;

  /** @param onChange called when the state changes without the journal's knowledge */
  constructor(options: ConsoleOptions, onChange: () => void) {
    const { system, journal, faults, sdkAppId } = options;
    const currentToken = () => system.token.get("AWSCURRENT")?.SecretString ?? "";
    const sender = new Sender({
      callbackUrl: callbackUrlOf(system),
      sdkAppId,
      token: currentToken,
      callbackOf: (query) => journal.latestWithQuery(query),
    });
    this.#options = options;
    this.#destination = connectToDestination(system);
    this.sender = sender;
    this.queues = new QueueActions(system, journal);
    this.stories = new StoryBoard(
      {
        destination: system.parts.destination,
        get token() {
          return currentToken();
        },
        faults,
        send: (callback) => sender.sendOne(callback),
        storeToken: (token) => system.token.put(token),
        replay: () => this.replay(),
        watch: (watcher) => journal.watch(watcher),
      },
      journal.handler !== undefined,
      onChange,
    );
  }

  /** The state of the whole system as it is now. */
  state(): SystemState {
    const { system, journal, faults, sdkAppId, forward } = this.#options;
    const { destination, eventBusName } = system.parts;
    const { handler, counts } = journal;
    const { republished, consumed } = counts;
    const facts: SystemFacts = {
      callbackUrl: callbackUrlOf(system).href,
      sdkAppId,
      destination,
      ...(eventBusName !== undefined && { eventBusName }),
      forward,
      scoreboard: journal.scoreboard,
      ...(handler && { handler }),
      inFlight: journal.inFlight,
      republished,
      consumed,
      queues: this.queues.states(),
      faults: faults.active,
      stories: this.stories.states,
    };
    return {
      ...facts,
      parts: partsOf(facts),
      edges: edgesOf(facts),
      switches: switchesOf(facts),
      terms: termsOf(facts),
    };
  }

  /** The commands that Tencent documents. */
  commands(): DocumentedCommand[] {
    const relay = createRelayTarget(this.#options);
    return listCommands((command) => relay?.has(command) === true);
  }

  /**
   * Everything about a callback.
   *
   * @throws {HttpError} with 404 if it is unknown
   */
  callback(id: string): CallbackDetail {
    return describeCallback(this.#find(id));
  }

  /**
   * Sends a callback again: signed anew if its signature was right, so that it is not too old, else byte for byte.
   *
   * @throws {HttpError} with 404 if it is unknown, with 409 if its body was too large to keep
   */
  async sendAgain(id: string): Promise<SendOutput> {
    const { rawQueryString, body, bodyBytes, expectations } = this.#find(id);
    if (body.byteLength < bodyBytes) throw new HttpError(409, "The console kept only the first 1 MiB of the body.");
    const isSigned = expectations && !SIGNATURE_CHECKS.includes(expectations.signed.check);
    const query = isSigned ? this.sender.signAnew(rawQueryString) : rawQueryString;
    const { reply, ...output } = await this.sender.repeat(query, Buffer.from(body));
    // The body may hold the former signature, and the reply the body's accounts.
    return { ...output, ...(reply !== undefined && { reply: maskFor(rawQueryString)(reply) }) };
  }

  /** Writes a callback in the forms in which it can be copied. */
  copies(callback: CopiedCallback): Copies {
    const { system, sdkAppId } = this.#options;
    return copiesOf(callback, { callbackUrl: callbackUrlOf(system).href, sdkAppId });
  }

  /** Breaks a part. */
  break({ part, mode, calls }: Actions["/api/break"]["input"]): void {
    const { journal, faults } = this.#options;
    if (part === "handler" && journal.handler === undefined)
      throw new HttpError(400, "There is no existing handler to break: start with --relay URL.");
    const modes = modesOf(part);
    if (!modes.includes(mode)) throw new HttpError(400, `${part} has no mode ${mode}: expected ${modes.join(", ")}.`);
    faults.break(part, mode, calls);
  }

  /** Heals a part, or all. */
  heal({ part }: Actions["/api/heal"]["input"]): void {
    this.#options.faults.heal(part);
  }

  /** Puts back the events that only the log has. */
  replay(): Promise<ReplayOutput> {
    const { journal } = this.#options;
    return replayLines(journal.linesToReplay(), this.#options, this.#destination);
  }

  #find(id: string) {
    const record = this.#options.journal.get(id);
    if (record) return record;
    throw new HttpError(404, "The console does not know this callback: it may be older than the last 100,000.");
  }
}

function callbackUrlOf({ outputs }: LocalSystem): URL {
  return new URL(outputs["CallbackUrl"] ?? "");
}
