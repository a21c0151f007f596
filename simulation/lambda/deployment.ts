import type { VirtualClock } from "../clock.ts";
import { relayVariables } from "../existing-handler.ts";
import type { Relayed } from "../plan.ts";
import type { Random } from "../random.ts";
import type { FunctionVersion } from "./function.ts";

/** How many callbacks go to a new version at first, and for how long. */
export interface Canary {
  /** From 0 to 1. */
  readonly share: number;
  readonly milliseconds: number;
}

/** Variables that a broken deployment lacks or gets wrong. */
const BROKEN_VARIABLES: readonly Readonly<Record<string, string>>[] = [
  { TOKEN_SECRET_ARN: "" },
  { STANDBY_QUEUE_URL: "no URL" },
  { FORWARD: "C2C.**" },
  { CLOCK_SKEW_SECONDS: "a minute" },
];

/** Likewise, while callbacks are relayed. */
const BROKEN_RELAY_VARIABLES: typeof BROKEN_VARIABLES = [{ RELAY_URL: "no URL" }, { RELAY_COMMANDS: "C2C.**" }];

/**
 * The callback function's alias, and what deployments do to it: one at a time, as CloudFormation refuses to update a stack that is
 * being updated.
 */
export class Deployment {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #canaryPhase: Canary;
  #stable: FunctionVersion;
  #canary: FunctionVersion | undefined;
  /** How many callbacks go to the canary, from 0 to 1. */
  #share: number;

  constructor(
    version: FunctionVersion,
    canary: Canary,
    { clock, random }: { readonly clock: VirtualClock; readonly random: Random },
  ) {
    this.#stable = version;
    this.#canaryPhase = canary;
    this.#share = canary.share;
    this.#clock = clock;
    this.#random = random;
  }

  /** The version that the next callback goes to. */
  choose(): FunctionVersion {
    return this.#canary && this.#random.chance(this.#share) ? this.#canary : this.#stable;
  }

  /**
   * Deploys the same code as a new version, whose environments all start cold. Does nothing during another deployment.
   *
   * @param relayed which callbacks it relays: as before if left out
   */
  async deploy(relayed?: Relayed): Promise<void> {
    if (this.#canary) return;
    const { RELAY_URL: _url, RELAY_COMMANDS: _list, ...others } = this.#stable.variables;
    const variables = relayed === undefined ? this.#stable.variables : { ...others, ...relayVariables(relayed) };
    const version = { ...this.#stable, variables };
    this.#canary = version;
    await this.#clock.sleep(this.#canaryPhase.milliseconds);
    this.#stable = version;
    this.#canary = undefined;
  }

  /**
   * Deploys a broken configuration, which its alarm rolls back. Does nothing during another deployment.
   *
   * @param milliseconds until it is rolled back
   * @param share how many callbacks go to it, from 0 to 1: all without a canary
   */
  async deployBroken(milliseconds: number, share = this.#canaryPhase.share): Promise<void> {
    if (this.#canary) return;
    this.#share = share;
    const { variables: current } = this.#stable;
    const choices = [...BROKEN_VARIABLES, ...("RELAY_URL" in current ? BROKEN_RELAY_VARIABLES : [])];
    const variables = { ...current, ...this.#random.pick(choices) };
    this.#canary = { ...this.#stable, variables, isMisconfigured: true };
    await this.#clock.sleep(Math.min(milliseconds, this.#canaryPhase.milliseconds));
    this.#canary = undefined;
    this.#share = this.#canaryPhase.share;
  }
}
