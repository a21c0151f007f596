import { useLayoutEffect, useState } from "preact/hooks";

/** A value that components can watch. */
export interface Store<T> {
  readonly value: T;
  /** Replaces some of the value's fields. */
  set(changes: Partial<T>): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void;
}

/** Creates a store with a first value. */
export function createStore<T extends object>(first: T): Store<T> {
  const listeners = new Set<() => void>();
  let value = first;
  return {
    get value() {
      return value;
    },
    set(changes) {
      value = { ...value, ...changes };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Reads a part of a store, and renders the component again when that part changes.
 *
 * @param select has to return the same object while nothing has changed
 */
export function useStore<T extends object, Part>(store: Store<T>, select: (value: T) => Part): Part {
  const selected = select(store.value);
  const [, render] = useState<Part>(selected);
  useLayoutEffect(() => {
    // A function as the state would be called.
    const update = () => render(() => select(store.value));
    // The value may have changed between rendering and this effect.
    update();
    return store.subscribe(update);
  }, [store]);
  return selected;
}
