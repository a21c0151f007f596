import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../../../simulation/services/heap.ts";

test("A heap has the item with the smallest key first, after any additions and deletions", () => {
  const change = fc.record({ isAddition: fc.boolean(), key: fc.nat(50), index: fc.nat() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const heap = new Heap<{ readonly key: number }>(({ key }) => key);
      const items: { readonly key: number }[] = [];
      for (const { isAddition, key, index } of changes) {
        if (isAddition || items.length === 0) {
          items.push({ key });
          heap.add(items.at(-1) as { key: number });
        } else {
          const [deleted] = items.splice(index % items.length, 1);
          heap.delete(deleted as { key: number });
          heap.delete(deleted as { key: number });
        }
        expect(heap.size).toBe(items.length);
        expect(heap.first?.key ?? Number.POSITIVE_INFINITY).toBe(Math.min(...items.map((item) => item.key)));
      }
    }),
  );
});
