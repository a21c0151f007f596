import type { LocalSystem } from "../../local/local-system.ts";
import { QUEUE_ROLES, type QueueRole } from "../../local/queue-roles.ts";
import type { QueuedMessage } from "../../local/queued-messages.ts";
import { maskFor, maskMessage } from "../shared/mask-secrets.ts";
import { HttpError } from "./http-error.ts";
import type { Journal } from "./journal.ts";
import type { QueueMessage, QueueState } from "./protocol.ts";
import { MOVES_BACK, QUEUE_WORDS } from "./queue-words.ts";

/** The most messages of a queue that are listed, the newest. */
const MAX_LISTED = 1_000;

/** Shows the system's queues, and does with their messages what consumers and operators do. */
export class QueueActions {
  readonly #system: Pick<LocalSystem, "queues" | "parts">;
  readonly #journal: Pick<Journal, "byMessage">;

  constructor(system: Pick<LocalSystem, "queues" | "parts">, journal: Pick<Journal, "byMessage">) {
    this.#system = system;
    this.#journal = journal;
  }

  /** The queues' counts. */
  states(): QueueState[] {
    return QUEUE_ROLES.flatMap((id) => {
      const name = this.#system.parts.queues[id];
      if (name === undefined) return [];
      const { visible, hidden, delayed } = this.#system.queues.count(name);
      const [title, content] = QUEUE_WORDS[id];
      const canMoveBack = MOVES_BACK.includes(id);
      return [{ id, name, title, content, canMoveBack, visible, hidden: hidden + delayed }];
    });
  }

  /** A queue's messages, the oldest first. */
  list(role: string): QueueMessage[] {
    return this.#system.queues
      .list(this.#nameOf(role))
      .slice(-MAX_LISTED)
      .map((message) => this.#describe(message));
  }

  /** Receives a message and deletes it, as a consumer does. */
  async receive(role: string): Promise<{ readonly message?: QueueMessage }> {
    const name = this.#nameOf(role);
    const [received] = await this.#system.queues.receive(name, 1, { waitSeconds: 0 });
    if (received === undefined) return {};
    const message = this.#system.queues.list(name).find(({ messageId }) => messageId === received.MessageId);
    const described = message && this.#describe(message);
    await this.#system.queues.delete(name, received.ReceiptHandle);
    return described ? { message: described } : {};
  }

  /**
   * Receives the next message and gives it back, several times, as a consumer that fails does.
   *
   * @returns whether it has become a dead letter
   */
  async fail(role: string, times: number): Promise<{ readonly isDeadLetter: boolean }> {
    const { queues } = this.#system;
    const name = this.#nameOf(role);
    const receive = async () => {
      const [received] = await queues.receive(name, 1, { waitSeconds: 0 });
      if (received) await queues.show(name, received.ReceiptHandle);
      return received?.MessageId;
    };
    const first = await receive();
    if (first === undefined) throw new HttpError(409, "The queue has no visible message.");
    const find = () => queues.list(name).find(({ messageId }) => messageId === first);
    const isWornOut = () => (find()?.receiveCount ?? 0) >= queues.maxReceiveCount(name);
    for (let attempt = 1; attempt < times && !isWornOut(); attempt += 1) await receive();
    // SQS moves a message that was received too often when somebody asks for it once more, and hands out the next.
    if (isWornOut()) await receive();
    const isDeadLetter = find() === undefined;
    return { isDeadLetter };
  }

  /** Moves a dead-letter queue's visible messages back to their queue. */
  moveBack(role: string): { readonly moved: number } {
    if (!role.endsWith("dead-letters")) throw new HttpError(400, `${role} is no dead-letter queue.`);
    // The bus's rule has no queue of its own to move them back to: the runbook names the destination.
    const { destination } = this.#system.parts.queues;
    const target = role === "bus-dead-letters" ? destination : undefined;
    return { moved: this.#system.queues.moveBack(this.#nameOf(role), target) };
  }

  #nameOf(role: string): string {
    const name = this.#system.parts.queues[role as QueueRole];
    if (name !== undefined && (QUEUE_ROLES as readonly string[]).includes(role)) return name;
    const known = QUEUE_ROLES.filter((known) => this.#system.parts.queues[known] !== undefined);
    throw new HttpError(404, `There is no queue ${role}: expected one of ${known.join(", ")}.`);
  }

  #describe({ body, attributes, ...message }: QueuedMessage): QueueMessage {
    const callback = this.#journal.byMessage(message.messageId);
    const masked = maskMessage(body);
    const { Reason: note } = attributes;
    return {
      ...message,
      body: callback ? maskFor(callback.rawQueryString)(masked) : masked,
      summary: callback ? `${callback.command}  ${callback.accounts.join(", ")}` : "",
      ...(note !== undefined && { note }),
      ...(callback && { callbackId: callback.id }),
    };
  }
}
