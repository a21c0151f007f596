import { describe, expect, test } from "vitest";
import { edgesOf, partsOf } from "../../../../bin/console/diagram.ts";
import { type Box, drawEdge } from "../../../../bin/console/page/diagram/draw-edge.ts";
import { type Movements, movementsBetween } from "../../../../bin/console/page/diagram/movements.ts";
import type { SystemFacts } from "../../../../bin/console/protocol.ts";
import { consoleState } from "../../../support/console-state.ts";

const { scoreboard } = consoleState();
const handler = { url: "https://chat.example.com/callback", relayed: 0, failed: 0 };
const words = { name: "", title: "", content: "", canMoveBack: false };

describe("The diagram's parts", () => {
  test.each(["fifo", "standard", "bus"] as const)("are all connected, with the destination %s", (destination) => {
    const ids = partsOf(consoleState({ destination })).map(({ id }) => id);
    const edges = edgesOf({ destination });
    expect(new Set(edges.flatMap(({ from, to }) => [from, to]))).toEqual(new Set(ids));
    expect(ids.includes("bus")).toBe(destination === "bus");
  });

  test.each(["fifo", "bus"] as const)(
    "show a fault of the destination on the part that fails, with %s",
    (destination) => {
      const faults = { destination: { mode: "hang" } } as const;
      const broken = partsOf(consoleState({ destination, faults })).filter(({ fault }) => fault);
      expect(broken.map(({ id }) => id)).toEqual([destination === "bus" ? "bus" : "destination"]);
    },
  );

  test("have the existing handler among them only if callbacks are relayed", () => {
    const partOf = (changes: Partial<SystemFacts>) => partsOf(consoleState(changes)).find(({ id }) => id === "handler");
    const toHandler = (changes: Partial<SystemFacts>) =>
      edgesOf(consoleState(changes)).filter(({ to }) => to === "handler");
    expect([partOf({}), toHandler({})]).toEqual([undefined, []]);
    expect(toHandler({ handler })).toEqual([{ from: "function", to: "handler", isMain: true }]);
    expect(partOf({ handler })).toMatchObject({ counts: [{ number: 0, word: "relayed" }] });
    const failing = { ...handler, relayed: 3, failed: 1, lastReply: "replied with 500 after 9 ms" };
    expect(partOf({ handler: failing, faults: { handler: { mode: "fail" } } })).toMatchObject({
      role: "replied with 500 after 9 ms",
      fault: "fails, until healed",
      counts: [
        { number: 3, word: "relayed" },
        { number: 1, word: "failed" },
      ],
    });
  });

  test("say what their numbers count, and hold their dead letters", () => {
    const parts = partsOf(
      consoleState({
        scoreboard: { ...scoreboard, sent: 9, log: 2 },
        inFlight: 1,
        queues: [
          { id: "destination", ...words, visible: 4, hidden: 1 },
          { id: "dead-letters", ...words, visible: 1, hidden: 1 },
        ],
      }),
    );
    const read = (id: string) => {
      const { counts = [], deadLetters } = parts.find((part) => part.id === id) ?? {};
      return [...counts.map(({ number, word }) => `${number} ${word}`), ...(deadLetters ? [deadLetters.number] : [])];
    };
    expect(read("tencent")).toEqual(["10 posted"]);
    expect(read("api")).toEqual(["9 answered"]);
    expect(read("function")).toEqual(["1 in flight"]);
    expect(read("destination")).toEqual(["4 waiting", "1 hidden", 2]);
    expect(read("log")).toEqual(["2 only here"]);
  });
});

describe("What moves along the arrows", () => {
  test.each<[string, Partial<SystemFacts>, Partial<SystemFacts>, Movements]>([
    ["nothing", {}, {}, {}],
    ["a callback that is posted", {}, { inFlight: 1 }, { "tencent-api": 1, "api-function": 1 }],
    [
      "an answer to one in flight that stores its event",
      { inFlight: 1 },
      { scoreboard: { ...scoreboard, sent: 1, stored: 1 } },
      { "function-destination": 1 },
    ],
    [
      "events on standby that are put back",
      { scoreboard: { ...scoreboard, sent: 3, standby: 3 } },
      { scoreboard: { ...scoreboard, sent: 3, standby: 1, stored: 2 }, republished: 2 },
      { "standby-republish": 2, "republish-destination": 2 },
    ],
    [
      "events for standby, the log and a consumer",
      { scoreboard: { ...scoreboard, sent: 3 } },
      { scoreboard: { ...scoreboard, sent: 3, standby: 2, log: 1 }, consumed: 1 },
      { "function-standby": 2, "function-log": 1, "destination-consumers": 1 },
    ],
    [
      "a stored event, by way of the bus",
      { destination: "bus", inFlight: 1 },
      { destination: "bus", scoreboard: { ...scoreboard, sent: 1, stored: 1 } },
      { "function-bus": 1, "bus-destination": 1 },
    ],
    [
      "a callback that is relayed",
      { handler, inFlight: 1 },
      { handler: { ...handler, relayed: 1 }, inFlight: 1 },
      { "function-handler": 1 },
    ],
    ["nothing when the system has started anew", { inFlight: 2, consumed: 5 }, {}, {}],
  ])("is %s", (_, before, after, movements) => {
    expect(movementsBetween(consoleState(before), consoleState(after))).toEqual(movements);
  });
});

describe("An arrow", () => {
  const box = (left: number, top: number): Box => ({ left, top, right: left + 100, bottom: top + 50 });
  test.each([
    ["to the right", box(0, 0), box(150, 0), "M100 25H150"],
    ["to the left", box(150, 0), box(0, 20), "M150 35H100"],
    ["down", box(0, 0), box(20, 100), "M60 50V100"],
    ["up", box(0, 100), box(0, 0), "M50 100V50"],
    ["down through the gap to the left", box(150, 0), box(0, 100), "M170 50V67q0 8 -8 8H58q-8 0 -8 8V100"],
    ["up through the gap to the right", box(0, 100), box(150, 0), "M80 100V83q0 -8 8 -8H192q8 0 8 -8V50"],
  ])("leads %s", (_, from, to, path) => {
    expect(drawEdge(from, to)).toBe(path);
  });
});
