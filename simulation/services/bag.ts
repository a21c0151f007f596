import type { Random } from "../random.ts";

/** A set from which a random item can be drawn. Every operation takes O(1). */
export class Bag<Item> {
  readonly #items: Item[] = [];
  readonly #positions = new Map<Item, number>();

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item, unless the bag has it. */
  add(item: Item): void {
    if (this.#positions.has(item)) return;
    this.#positions.set(item, this.#items.length);
    this.#items.push(item);
  }

  /** Removes an item, if the bag has it. */
  delete(item: Item): void {
    const position = this.#positions.get(item);
    if (position === undefined) return;
    this.#positions.delete(item);
    const last = this.#items.pop() as Item;
    if (last === item) return;
    this.#items[position] = last;
    this.#positions.set(last, position);
  }

  /**
   * Removes a random item.
   *
   * @throws {RangeError} when the bag is empty
   */
  draw(random: Random): Item {
    const item = random.pick(this.#items);
    this.delete(item);
    return item;
  }
}
