import { useState } from "preact/hooks";

/** Something that a button starts. */
export interface Action<Arguments extends unknown[] = []> {
  run(...options: Arguments): Promise<void>;
  readonly isRunning: boolean;
  /** Why it failed the last time. */
  readonly error: string | undefined;
}

/** Runs something at most once at a time, and keeps its error for display. */
export function useAction<Arguments extends unknown[]>(
  act: (...options: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<string>();
  const run = async (...options: Arguments) => {
    if (isRunning) return;
    setRunning(true);
    setError(undefined);
    try {
      await act(...options);
    } catch (failure) {
      setError((failure as Error).message);
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, error };
}
