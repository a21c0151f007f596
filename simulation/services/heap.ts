import { Heap as BinaryHeap } from "heap-js";

interface Entry<Item> {
  readonly key: number;
  /** `undefined` once the item was removed: its entry goes when it is the first. */
  item: Item | undefined;
}

/** A binary heap from which any item can be removed: adding and removing take O(log n), amortised. */
export class Heap<Item> {
  readonly #keyOf: (item: Item) => number;
  readonly #heap = new BinaryHeap<Entry<Item>>((one, other) => one.key - other.key);
  readonly #entries = new Map<Item, Entry<Item>>();

  /** @param keyOf the key to sort by, ascending, when an item is added */
  constructor(keyOf: (item: Item) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The item with the smallest key; `undefined` when the heap is empty. */
  get first(): Item | undefined {
    let entry = this.#heap.peek();
    while (entry && entry.item === undefined) {
      this.#heap.pop();
      entry = this.#heap.peek();
    }
    return entry?.item;
  }

  /** Adds an item that is not in the heap. */
  add(item: Item): void {
    const entry: Entry<Item> = { key: this.#keyOf(item), item };
    this.#entries.set(item, entry);
    this.#heap.push(entry);
  }

  /** Removes an item, if it is in the heap. */
  delete(item: Item): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    entry.item = undefined;
    this.#entries.delete(item);
  }
}
