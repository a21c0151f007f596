import { useEffect, useState } from "preact/hooks";

/** The latest answer, or why there is none. */
export interface Answer<T> {
  readonly answer?: T;
  readonly error?: string;
}

/** Asks again whenever an input changes, and drops answers that come too late. */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[]): Answer<T> {
  const [latest, setLatest] = useState<Answer<T>>({});
  useEffect(() => {
    let isStale = false;
    ask().then(
      (answer) => isStale || setLatest({ answer }),
      (error: Error) => isStale || setLatest({ error: error.message }),
    );
    return () => {
      isStale = true;
    };
  }, inputs);
  return latest;
}
