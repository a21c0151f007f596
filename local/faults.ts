import type { Call, Fault, FaultyEndpoint } from "./faulty-endpoint.ts";
import { SERVICE_FAULTS } from "./service-faults.ts";

/** The faults that a part can be given by name. */
export const FAULT_MODES = {
  slow: SERVICE_FAULTS["answers after 300 ms"],
  hang: SERVICE_FAULTS["never answers"],
  refuse: SERVICE_FAULTS["answers 403, access denied"],
  throttle: SERVICE_FAULTS["answers 400, throttled"],
  fail: SERVICE_FAULTS["answers 500"],
  nonsense: SERVICE_FAULTS["answers malformed JSON"],
  "lose-answer": SERVICE_FAULTS["resets after the call was carried out"],
} as const satisfies Record<string, Fault>;

/** The body of a reply that refuses a callback. */
function failBody(errorInfo: string): string {
  return JSON.stringify({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: errorInfo });
}

/** The modes in which the existing handler can be broken. */
export const HANDLER_FAULTS: Readonly<Partial<Record<FaultMode, Fault>>> = {
  slow: FAULT_MODES.slow,
  hang: FAULT_MODES.hang,
  refuse: { status: 403, body: failBody("made to refuse") },
  fail: { status: 500, body: failBody("made to fail") },
  nonsense: { status: 200, body: "<html>" },
  "lose-answer": FAULT_MODES["lose-answer"],
};

/** Kills the function as soon as it is invoked; the other modes are those of services and of the existing handler. */
export type FaultMode = keyof typeof FAULT_MODES | "kill";

/** The parts that can be broken: destination, standby, Secrets Manager, the callback function and the existing handler. */
export const BREAKABLE_PARTS = ["destination", "standby", "secrets", "function", "handler"] as const;

/** One of {@link BREAKABLE_PARTS}. */
export type BreakablePart = (typeof BREAKABLE_PARTS)[number];

/** The modes in which a part can be broken. */
export function modesOf(part: BreakablePart): readonly FaultMode[] {
  if (part === "function") return ["kill"];
  return Object.keys(part === "handler" ? HANDLER_FAULTS : FAULT_MODES) as FaultMode[];
}

/** A fault in force. */
export interface ActiveFault {
  readonly mode: FaultMode;
  /** How many more calls it applies to; without it, it lasts until the part is healed. */
  readonly callsLeft?: number;
}

/** Breaks and heals the parts of a system. */
export class Faults {
  readonly #active = new Map<BreakablePart, ActiveFault>();
  readonly #watchers = new Set<() => void>();

  /**
   * Watches the faults.
   *
   * @param watcher called whenever a part breaks or heals, or a fault has been used once more
   * @returns ends the watching
   */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The parts that are broken. */
  get active(): Readonly<Partial<Record<BreakablePart, ActiveFault>>> {
    return Object.fromEntries(this.#active);
  }

  /**
   * Breaks a part.
   *
   * @param calls how many calls the fault applies to; without it, it lasts until the part is healed
   * @throws {TypeError} for a mode that the part does not have
   */
  break(part: BreakablePart, mode: FaultMode, calls?: number): void {
    if (!modesOf(part).includes(mode)) throw new TypeError(`${part} has no mode ${mode}`);
    this.#active.set(part, { mode, ...(calls !== undefined && { callsLeft: calls }) });
    this.#onChange();
  }

  /** Heals a part, or all of them. Calls that hang already stay lost. */
  heal(part?: BreakablePart): void {
    if (part) this.#active.delete(part);
    else this.#active.clear();
    this.#onChange();
  }

  #onChange(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** The mode that applies to the next call of a part, which counts as that call; `undefined` for a healthy part. */
  next(part: BreakablePart): FaultMode | undefined {
    const fault = this.#active.get(part);
    if (fault === undefined) return undefined;
    const { mode, callsLeft } = fault;
    if (callsLeft !== undefined) {
      if (callsLeft > 1) this.#active.set(part, { mode, callsLeft: callsLeft - 1 });
      else this.#active.delete(part);
      this.#onChange();
    }
    return mode;
  }

  /**
   * Applies the faults to the calls that reach an endpoint.
   *
   * @param partOf the part that a call belongs to; `undefined` for one that no switch breaks
   */
  applyTo(endpoint: FaultyEndpoint, partOf: (call: Call) => BreakablePart | undefined): void {
    endpoint.fail = (call) => {
      // A request that only opens a connection is no call.
      const part = call.operation === "" ? undefined : partOf(call);
      const mode = part && this.next(part);
      return mode === undefined || mode === "kill" ? undefined : FAULT_MODES[mode];
    };
  }
}
