import type { Bundles } from "../run.ts";
import { drawPlan, judge, type SimulatedSystem } from "../seeds/judge.ts";
import { buildMutated } from "./build.ts";
import type { Catch, Mutation } from "./mutation.ts";

/** How many callbacks a run has at most. */
const MOST_CALLBACKS = 150;

/** Finds out which promises mutations break. */
export class Hunter {
  readonly #system: SimulatedSystem;
  /** Whether seeds break no promise without a mutation. */
  readonly #sound = new Map<number, boolean>();

  /** @param system with the bundles as they ship */
  constructor(system: SimulatedSystem) {
    this.#system = system;
  }

  /**
   * Runs the seeds 1, 2, 3 … with a mutation until a promise is broken.
   *
   * @param seeds how many at most
   */
  async hunt(mutation: Mutation, seeds: number): Promise<Catch> {
    const { name } = mutation;
    const bundles = await buildMutated(mutation, this.#system.bundles);
    for (let seed = 1; seed <= seeds; seed += 1) {
      const promise = await this.#findBroken(seed, bundles);
      // A seed that breaks a promise without the mutation proves nothing.
      if (promise === undefined || !(await this.#isSound(seed))) continue;
      return { mutation: name, promise, seed };
    }
    return { mutation: name };
  }

  /**
   * Runs one seed with a mutation.
   *
   * @returns the first promise that is broken, in words
   */
  async findBroken(mutation: Mutation, seed: number): Promise<string | undefined> {
    return this.#findBroken(seed, await buildMutated(mutation, this.#system.bundles));
  }

  async #isSound(seed: number): Promise<boolean> {
    const isSound = this.#sound.get(seed) ?? (await this.#findBroken(seed, this.#system.bundles)) === undefined;
    this.#sound.set(seed, isSound);
    return isSound;
  }

  async #findBroken(seed: number, bundles: Bundles): Promise<string | undefined> {
    const plan = drawPlan({ seed, callbacks: MOST_CALLBACKS });
    const { broken } = await judge(plan, { ...this.#system, bundles });
    return broken[0]?.promise;
  }
}
