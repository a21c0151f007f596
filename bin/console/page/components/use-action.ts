import { useState } from "preact/hooks";

/** Something that a button starts. */
export interface Action {
  run(): Promise<void>;
  readonly isRunning: boolean;
  /** Why it failed the last time. */
  readonly error: string | undefined;
}

/** Runs something at most once at a time, and keeps its error for display. */
export function useAction(act: () => Promise<unknown>): Action {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<string>();
  const run = async () => {
    if (isRunning) return;
    setRunning(true);
    setError(undefined);
    try {
      await act();
    } catch (failure) {
      setError((failure as Error).message);
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, error };
}
