import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../../../simulation/services/heap.ts";

interface Item {
  readonly key: number;
}

const heapOf = (items: readonly Item[]) => {
  const heap = new Heap<Item>(({ key }) => key);
  for (const item of items) heap.add(item);
  return heap;
};

test("A heap returns its items in the order of their keys, without those that were deleted", () => {
  const item = fc.record({ key: fc.nat(1_000), isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 100, size: "max" }), (items) => {
      const heap = heapOf(items);
      for (const deleted of items.filter(({ isDeleted }) => isDeleted)) {
        heap.delete(deleted);
        heap.delete(deleted);
      }
      const left = items.filter(({ isDeleted }) => !isDeleted);
      expect(heap.size).toBe(left.length);
      const keys: number[] = [];
      for (let first = heap.first; first; first = heap.first) {
        keys.push(first.key);
        heap.delete(first);
      }
      expect(keys).toEqual(left.map(({ key }) => key).toSorted((a, b) => a - b));
    }),
  );
});
