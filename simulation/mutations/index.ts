import { CALLS } from "./calls.ts";
import { DELIVERY } from "./delivery.ts";
import { JUDGING } from "./judging.ts";
import { METRICS } from "./metrics.ts";
import type { Mutation } from "./mutation.ts";
import { RELAY } from "./relay.ts";
import { STANDBY } from "./standby.ts";
import { TOKEN } from "./token.ts";

/** Every mutation, each of which breaks a promise. */
export const MUTATIONS: readonly Mutation[] = [
  ...DELIVERY,
  ...CALLS,
  ...TOKEN,
  ...JUDGING,
  ...STANDBY,
  ...RELAY,
  ...METRICS,
];
