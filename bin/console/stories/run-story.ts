import type { StoryState } from "../protocol.ts";
import { type Story, StoryFailure, type StoryHost } from "./story.ts";
import { RunningStory, type StoryOptions } from "./world.ts";

/** A story's state before it runs. */
export function idle({ id, title, summary }: Story): StoryState {
  return { id, title, summary, status: "idle", steps: [] };
}

/**
 * Runs a story to its end. Begins with a healthy system, and heals what the story broke.
 *
 * @param onChange called with each new state, first with that of the beginning
 * @returns the last state; never rejects
 */
export async function runStory(
  story: Story,
  host: StoryHost,
  onChange: (state: StoryState) => void = () => {},
  { deadlineMs = 60_000, speed = 1 }: StoryOptions = {},
): Promise<StoryState> {
  let state: StoryState = { ...idle(story), status: "running" };
  const change = (changes: Partial<StoryState>): StoryState => {
    state = { ...state, ...changes };
    onChange(state);
    return state;
  };
  change({});
  const world = new RunningStory(host, { deadlineMs, speed }, (sentence) =>
    change({ steps: [...state.steps, sentence] }),
  );
  const [status, verdict] = await story
    .run(world)
    .then((sentences) => ["passed", sentences] as const)
    .catch(
      (error: Error) =>
        ["failed", error instanceof StoryFailure ? error.message : `The story broke off: ${error}`] as const,
    )
    .finally(() => world.end());
  return change({ status, verdict });
}
