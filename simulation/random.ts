import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** A reproducible stream of random values: the same seed gives the same values. */
export class Random {
  readonly #seed: number | string;
  readonly #generator: RandomGenerator;

  constructor(seed: number | string) {
    this.#seed = seed;
    const hash = createHash("sha256").update(String(seed)).digest();
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => hash.readInt32LE(offset)));
  }

  /**
   * Creates an independent stream. Its values depend on the seed and the label only, not on what was drawn before.
   *
   * @param label differs between the forks of a stream; the same label gives the same values
   */
  fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`);
  }

  /** @returns a number of at least 0 and less than 1 */
  fraction(): number {
    return uniformFloat64(this.#generator);
  }

  /** @returns an integer from 0 to `limit` - 1 */
  below(limit: number): number {
    return this.between(0, limit - 1);
  }

  /** @returns an integer from `min` to `max`, both included */
  between(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /**
   * @param probability from 0, never, to 1, always
   * @returns `true` with the probability. A probability of 0 or 1 draws nothing
   */
  chance(probability: number): boolean {
    if (probability <= 0 || probability >= 1) return probability >= 1;
    return this.fraction() < probability;
  }

  /** @throws {RangeError} when the list is empty */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("Cannot pick from an empty list");
    return list[this.below(list.length)] as T;
  }

  /** @returns a version 4 UUID, as `randomUUID()` of `node:crypto` returns it */
  uuid(): string {
    const bytes = Buffer.alloc(16);
    for (let offset = 0; offset < 16; offset += 4) bytes.writeInt32LE(this.#generator.next(), offset);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }
}
