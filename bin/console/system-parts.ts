import type { BreakablePart, FaultMode } from "../../local/faults.ts";
import type { QueueRole } from "../../local/queue-roles.ts";

/** Where a part is in the diagram, and its name in the style sheet. */
export type PartId =
  | "tencent"
  | "api"
  | "secrets"
  | "function"
  | "handler"
  | "log"
  | "standby"
  | "republish"
  | "bus"
  | "destination"
  | "consumers";

/** A number and the word that says what it counts. */
export interface Count {
  readonly number: number;
  readonly word: string;
}

/** A part of the system, as the diagram shows it. */
export interface Part {
  readonly id: PartId;
  readonly name: string;
  /** What it is for, in a few words. */
  readonly role: string;
  /** The same in a sentence or two, for those who ask. */
  readonly explanation: string;
  readonly counts: readonly Count[];
  /** A fragment of the page. */
  readonly href: string;
  /** Its fault in words, such as `hangs, 3 calls left`. */
  readonly fault?: string;
  /** Its dead-letter queue, if it has one. */
  readonly deadLetters?: { readonly id: QueueRole; readonly number: number };
}

/** The way from one part to the next. */
export interface Edge {
  readonly from: PartId;
  readonly to: PartId;
  /** On the way of a callback when nothing is broken. */
  readonly isMain?: true;
}

/** How a part can be broken. */
export interface Switch {
  readonly part: BreakablePart;
  readonly name: string;
  /** What the part is for. */
  readonly purpose: string;
  /** Its fault in words, such as `hangs, 3 calls left`. */
  readonly fault?: string;
  readonly modes: readonly SwitchMode[];
}

/** A mode in which a part can be broken. */
export interface SwitchMode {
  readonly mode: FaultMode;
  readonly label: string;
  /** What the part does then, and what to expect of the system. */
  readonly expectation: string;
  readonly isActive: boolean;
}
