import type { VirtualClock } from "./clock.ts";
import type { FunctionVersion } from "./lambda/function.ts";
import type { Random } from "./random.ts";

/** A canary takes a tenth of the callbacks for five minutes (`lib/deployment.ts`). */
const CANARY_SHARE = 0.1;
const CANARY_MS = 5 * 60_000;

/** Variables that a broken deployment lacks or gets wrong. */
const BROKEN_VARIABLES: readonly Readonly<Record<string, string>>[] = [
  { TOKEN_SECRET_ARN: "" },
  { STANDBY_QUEUE_URL: "no URL" },
  { FORWARD: "C2C.**" },
  { CLOCK_SKEW_SECONDS: "a minute" },
];

/** The callback function's alias, and what deployments do to it. */
export class Deployment {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #stable: FunctionVersion;
  #canary: FunctionVersion | undefined;

  constructor(version: FunctionVersion, { clock, random }: { readonly clock: VirtualClock; readonly random: Random }) {
    this.#stable = version;
    this.#clock = clock;
    this.#random = random;
  }

  /** The version that the next callback goes to. */
  choose(): FunctionVersion {
    return this.#canary && this.#random.chance(CANARY_SHARE) ? this.#canary : this.#stable;
  }

  /** Deploys the same code as a new version, whose environments all start cold. */
  async deploy(): Promise<void> {
    this.#canary = { ...this.#stable };
    await this.#clock.sleep(CANARY_MS);
    this.#stable = this.#canary ?? this.#stable;
    this.#canary = undefined;
  }

  /**
   * Deploys a broken configuration, which its alarm rolls back.
   *
   * @param milliseconds until it is rolled back
   */
  async deployBroken(milliseconds: number): Promise<void> {
    const variables = { ...this.#stable.variables, ...this.#random.pick(BROKEN_VARIABLES) };
    this.#canary = { ...this.#stable, variables, isMisconfigured: true };
    await this.#clock.sleep(Math.min(milliseconds, CANARY_MS));
    this.#canary = undefined;
  }
}
