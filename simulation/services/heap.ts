/** A binary heap from which any item can be removed: adding and removing take O(log n), reading the first O(1). */
export class Heap<Item> {
  readonly #keyOf: (item: Item) => number;
  readonly #items: Item[] = [];
  readonly #positions = new Map<Item, number>();

  /** @param keyOf the key to sort by, ascending. An item's key must not change while it is in the heap */
  constructor(keyOf: (item: Item) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The item with the smallest key; `undefined` when the heap is empty. */
  get first(): Item | undefined {
    return this.#items[0];
  }

  /** Adds an item that is not in the heap. */
  add(item: Item): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1, item);
  }

  /** Removes an item, if it is in the heap. */
  delete(item: Item): void {
    const position = this.#positions.get(item);
    if (position === undefined) return;
    this.#positions.delete(item);
    const last = this.#items.pop() as Item;
    if (last !== item) this.#sink(this.#rise(position, last), last);
  }

  /** Moves an item from a position up to where it belongs. */
  #rise(from: number, item: Item): number {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (this.#keyAt(parent) <= this.#keyOf(item)) break;
      this.#place(position, this.#items[parent] as Item);
      position = parent;
    }
    this.#place(position, item);
    return position;
  }

  /** Moves an item from a position down to where it belongs. */
  #sink(from: number, item: Item): void {
    let position = from;
    for (;;) {
      const left = 2 * position + 1;
      const child = this.#keyAt(left + 1) < this.#keyAt(left) ? left + 1 : left;
      if (this.#keyAt(child) >= this.#keyOf(item)) break;
      this.#place(position, this.#items[child] as Item);
      position = child;
    }
    this.#place(position, item);
  }

  #keyAt(position: number): number {
    return position < this.#items.length ? this.#keyOf(this.#items[position] as Item) : Number.POSITIVE_INFINITY;
  }

  #place(position: number, item: Item): void {
    this.#items[position] = item;
    this.#positions.set(item, position);
  }
}
