import { HttpError } from "./http-error.ts";
import type { StoryState } from "./protocol.ts";
import { idle, runStory } from "./stories/run-story.ts";
import type { Story, StoryHost } from "./stories/story.ts";
import { STORIES } from "./stories.ts";

/** Runs stories, one at a time, and keeps what each did last. */
export class StoryBoard {
  readonly #host: StoryHost;
  readonly #onChange: () => void;
  readonly #stories: readonly Story[];
  readonly #states: Map<string, StoryState>;

  /**
   * @param hasHandler whether callbacks are relayed to an existing handler
   * @param onChange called whenever the state of a story changes
   */
  constructor(host: StoryHost, hasHandler: boolean, onChange: () => void) {
    this.#stories = STORIES.filter(({ needsHandler }) => hasHandler || !needsHandler);
    this.#states = new Map(this.#stories.map((story) => [story.id, idle(story)]));
    this.#host = host;
    this.#onChange = onChange;
  }

  get states(): StoryState[] {
    return [...this.#states.values()];
  }

  /**
   * Starts a story, which goes on after this has returned.
   *
   * @throws {HttpError} with 404 for an unknown story, with 409 while another one is running
   */
  start(id: string): void {
    const story = this.#stories.find((story) => story.id === id);
    if (story === undefined) throw new HttpError(404, `There is no story ${id}.`);
    if (this.states.some(({ status }) => status === "running"))
      throw new HttpError(409, "Another story is running: wait for its end.");
    void runStory(story, this.#host, (state) => {
      this.#states.set(id, state);
      this.#onChange();
    });
  }
}
