import type { ChatEvent } from "../events/chat-event.ts";
import { toJson } from "../events/json.ts";
import { messageParameters } from "../functions/destination/sqs.ts";
import type { Service } from "./network.ts";
import { SimulatedBus } from "./services/event-bridge.ts";
import { SimulatedSecret } from "./services/secrets-manager.ts";
import { ServiceError } from "./services/service-error.ts";
import { SimulatedQueue } from "./services/sqs.ts";
import type { StackDefinition } from "./stack.ts";
import type { World } from "./world.ts";

/** How probable it is that a standard queue hands out a message again, and that a rule delivers an event twice. */
const DUPLICATES = 0.002;

/** The stack's queues, bus and secret. */
export class SimulatedAws {
  /** The queue that consumers read. */
  readonly events: SimulatedQueue;
  readonly standby: SimulatedQueue;
  readonly secret: SimulatedSecret;
  readonly queues: ReadonlyMap<string, SimulatedQueue>;
  readonly #stack: StackDefinition;
  readonly #bus: SimulatedBus | undefined;
  #isMovingDeadLetters = false;

  /**
   * @param token the secret's first value
   * @param isRuleFailing whether the bus's rule cannot deliver at this moment
   */
  constructor(stack: StackDefinition, token: string, isRuleFailing: () => boolean, { clock, random }: World) {
    this.#stack = stack;
    const queues = new Map<string, SimulatedQueue>();
    for (const { name, visibilityTimeout, retention, deadLetterQueue, maxReceiveCount } of stack.queues) {
      const target = deadLetterQueue === undefined ? undefined : queues.get(deadLetterQueue);
      const redrive = target && maxReceiveCount && { redrive: { deadLetterQueue: target, maxReceiveCount } };
      const attributes = { name, visibilityTimeout, retention, duplicates: DUPLICATES, ...redrive };
      queues.set(name, new SimulatedQueue(attributes, clock, random.fork(name)));
    }
    this.queues = queues;
    this.events = this.#queue(stack.eventsQueue.name);
    this.standby = this.#queue(stack.standbyQueue.name);
    this.secret = new SimulatedSecret(token, clock);
    this.#bus =
      stack.bus &&
      new SimulatedBus({
        ...{ name: stack.bus.name, clock, random: random.fork("bus"), duplicates: DUPLICATES },
        after: (milliseconds, callback) => void clock.after(milliseconds, callback),
        target: { ...stack.bus, queue: this.events, deadLetterQueue: this.#queue(stack.bus.deadLetterQueue) },
        isTargetDown: isRuleFailing,
      });
  }

  /** Whether messages arrive because dead letters are being moved back. */
  get isMovingDeadLetters(): boolean {
    return this.#isMovingDeadLetters;
  }

  /** How many events the bus has taken that its rule has not delivered yet. */
  get undelivered(): number {
    return this.#bus?.undelivered ?? 0;
  }

  /** The services that the functions call, by hostname. */
  services(): ReadonlyMap<string, Service> {
    const bus = this.#bus;
    const services = new Map<string, Service>([
      ["sqs.us-east-1.amazonaws.com", (operation, input) => this.#callQueue(operation, input)],
      [
        "secretsmanager.us-east-1.amazonaws.com",
        (_operation, input) => this.secret.get(input["VersionStage"] as never),
      ],
    ]);
    if (bus) services.set("events.us-east-1.amazonaws.com", (_operation, input) => bus.putEvents(input as never));
    return services;
  }

  /** Publishes an event to the destination as the operator's commands do. */
  publish(event: ChatEvent): void {
    if (this.#bus === undefined) {
      const parameters = messageParameters(event, this.#stack.eventsQueue.url, true);
      this.events.send({ MessageBody: toJson(event), ...parameters });
      return;
    }
    const { source: Source, "detail-type": DetailType, detail, time } = event;
    const EventBusName = this.#stack.bus?.name ?? "";
    this.#bus.putEvents({
      Entries: [{ EventBusName, Source, DetailType, Detail: toJson(detail), Time: Date.parse(time) / 1000 }],
    });
  }

  /** Moves every dead letter back to where it came from, or, if the bus's rule could not deliver it, to where it was to go. */
  moveDeadLettersBack(): void {
    this.#isMovingDeadLetters = true;
    for (const { name, deadLetterQueue } of this.#stack.queues) {
      if (deadLetterQueue !== undefined) this.#queue(deadLetterQueue).redriveTo(this.#queue(name));
    }
    const { bus } = this.#stack;
    if (bus) this.#queue(bus.deadLetterQueue).redriveTo(this.events);
    this.#isMovingDeadLetters = false;
  }

  #callQueue(operation: string, input: Readonly<Record<string, unknown>>): object {
    const definition = this.#stack.queues.find(({ url }) => url === input["QueueUrl"]);
    if (definition === undefined) throw new ServiceError(400, "QueueDoesNotExist", "The queue does not exist.");
    const queue = this.#queue(definition.name);
    switch (operation) {
      case "SendMessage": {
        const { isDuplicate: _hidden, ...output } = queue.send(input as never);
        return output;
      }
      case "ChangeMessageVisibility":
        queue.changeVisibility(String(input["ReceiptHandle"]), Number(input["VisibilityTimeout"]));
        return {};
      default:
        throw new Error(`the functions call SQS's ${operation}, which the simulation does not have`);
    }
  }

  #queue(name: string): SimulatedQueue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error(`the stack has no queue ${name}`);
    return queue;
  }
}
