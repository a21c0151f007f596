import type { Facts } from "./facts.ts";

/**
 * Promises in words, each with its check. A check yields `undefined` for everything it finds in order, and a description for what
 * is not.
 */
export type Promises = Readonly<Record<string, (facts: Facts) => Iterable<string | undefined>>>;
