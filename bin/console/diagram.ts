import type { BreakablePart } from "../../local/faults.ts";
import type { QueueRole } from "../../local/queue-roles.ts";
import type { QueueState, SystemFacts } from "./protocol.ts";
import { describeFault } from "./switches.ts";
import type { Count, Edge, Part } from "./system-parts.ts";

/** The system's parts, along the way of a callback. */
export function partsOf(system: SystemFacts): Part[] {
  const { scoreboard, faults, destination, handler } = system;
  const isBus = destination === "bus";
  const queue = (id: QueueRole) => system.queues.find((queue) => queue.id === id);
  const fault = (part: BreakablePart) => {
    const found = faults[part];
    return found && { fault: describeFault(found) };
  };
  const deadLetters = (id: QueueRole) => {
    const found = queue(id);
    return found && { deadLetters: { id, number: found.visible + found.hidden } };
  };
  return [
    {
      id: "tencent",
      name: "Tencent",
      role: "posts each callback once",
      explanation: "Posts a callback when a message is read, and much else. The console plays its part.",
      counts: [{ number: scoreboard.sent + system.inFlight, word: "posted" }],
      href: "#/send",
    },
    {
      id: "api",
      name: "API Gateway",
      role: "passes it on",
      explanation: "The HTTP API that Tencent posts to. It invokes the function and returns its reply.",
      counts: [{ number: scoreboard.sent, word: "answered" }],
      href: "#/send",
    },
    {
      id: "secrets",
      name: "Secrets Manager",
      role: "holds the token",
      explanation: "Holds the token with which Tencent signs. While it can't be read, requests wait on standby.",
      counts: [],
      href: "#/break",
      ...fault("secrets"),
    },
    {
      id: "function",
      name: "Callback function",
      role: "verifies, then stores",
      explanation:
        "Verifies signature, age, app and body. Replies OK only once the destination or standby has the event.",
      counts: [{ number: system.inFlight, word: "in flight" }],
      href: "#/break",
      ...fault("function"),
    },
    ...(handler
      ? [
          {
            id: "handler",
            name: "Existing handler",
            role: handler.lastReply ?? "gets callbacks unchanged",
            explanation: `Your own backend, ${handler.url}. Gets callbacks as Tencent sent them. Its reply goes back where a user waits or nothing is stored.`,
            counts: [
              { number: handler.relayed, word: "relayed" },
              ...(handler.failed > 0 ? [{ number: handler.failed, word: "failed" }] : []),
            ],
            href: "#/break",
            ...fault("handler"),
          } as const,
        ]
      : []),
    {
      id: "log",
      name: "Log",
      role: "if both queues fail",
      explanation: "The last resort: the function logs the whole event, and replay puts it back.",
      counts: [{ number: scoreboard.log, word: "only here" }],
      href: "#/queues",
    },
    {
      id: "standby",
      name: "Standby queue",
      role: "if the destination fails",
      explanation: "Keeps events while the destination fails, so that Tencent still gets its OK.",
      counts: waiting(queue("standby")),
      href: "#/queues/standby",
      ...fault("standby"),
      ...deadLetters("standby-dead-letters"),
    },
    {
      id: "republish",
      name: "Republish function",
      role: "puts events back",
      explanation: "Takes events from standby and puts them back once the destination works again.",
      counts: [{ number: system.republished, word: "put back" }],
      href: "#/queues/standby",
    },
    ...(isBus
      ? [
          {
            id: "bus",
            name: "EventBridge bus",
            role: "routes events by rules",
            explanation: `The destination${system.eventBusName === undefined ? "" : `, ${system.eventBusName}`}. The stack's own rule passes every event on to the queue.`,
            counts: [{ number: scoreboard.stored, word: "stored" }],
            href: "#/break",
            ...fault("destination"),
            ...deadLetters("bus-dead-letters"),
          } as const,
        ]
      : []),
    {
      id: "destination",
      name: destination === "fifo" ? "SQS FIFO queue" : "SQS queue",
      role: destination === "fifo" ? "ordered, without repeats" : "until someone takes them",
      explanation: isBus
        ? "Keeps what the bus delivers until a consumer takes it."
        : `The destination. Keeps events until a consumer takes them${destination === "fifo" ? ", in order within each conversation, and drops repeats" : ""}.`,
      counts: waiting(queue("destination")),
      href: "#/queues/destination",
      ...(!isBus && fault("destination")),
      ...deadLetters("dead-letters"),
    },
    {
      id: "consumers",
      name: "Your consumers",
      role: "clear badges, send mails, …",
      explanation: "Your code. Here, the Queues panel and npm run receive take events as a consumer would.",
      counts: [{ number: system.consumed, word: "taken" }],
      href: "#/queues/destination",
    },
  ];
}

/** The ways between the parts. */
export function edgesOf({ destination, handler }: Pick<SystemFacts, "destination" | "handler">): Edge[] {
  const target = destination === "bus" ? "bus" : "destination";
  return [
    { from: "tencent", to: "api", isMain: true },
    { from: "api", to: "function", isMain: true },
    { from: "secrets", to: "function" },
    { from: "function", to: target, isMain: true },
    ...(handler ? [{ from: "function", to: "handler", isMain: true } as const] : []),
    ...(target === "bus" ? [{ from: target, to: "destination", isMain: true } as const] : []),
    { from: "destination", to: "consumers", isMain: true },
    { from: "function", to: "standby" },
    { from: "standby", to: "republish" },
    { from: "republish", to: target },
    { from: "function", to: "log" },
  ];
}

function waiting(queue: QueueState | undefined): Count[] {
  if (!queue) return [];
  const hidden = { number: queue.hidden, word: "hidden" };
  return [{ number: queue.visible, word: "waiting" }, ...(queue.hidden > 0 ? [hidden] : [])];
}
