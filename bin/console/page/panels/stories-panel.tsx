import type { StoryState } from "../../protocol.ts";
import { post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { Text } from "../components/text.tsx";
import { useAction } from "../components/use-action.ts";
import { useStore } from "../create-store.ts";
import { store } from "../store.ts";

/** Ready-made stories, which send, break, heal and end with a verdict. */
export function StoriesPanel() {
  const stories = useStore(store, ({ system }) => system?.stories) ?? [];
  const isRunning = stories.some(({ status }) => status === "running");
  return (
    <div class="panel">
      {stories.map((story) => (
        <Story key={story.id} story={story} isBlocked={isRunning} />
      ))}
    </div>
  );
}

const STATUS_WORDS: Readonly<Record<StoryState["status"], string>> = {
  idle: "",
  running: "Running …",
  passed: "Passed",
  failed: "Failed",
};

function Story({ story, isBlocked }: { readonly story: StoryState; readonly isBlocked: boolean }) {
  const { id, title, summary, status, steps, verdict } = story;
  const label = status === "passed" || status === "failed" ? "Run again" : "Run";
  const running = useAction(() => post("/api/stories/:id", {}, { id }));
  return (
    <article class="story box" data-status={status} aria-labelledby={`story-${id}`}>
      <div class="row">
        <h3 id={`story-${id}`}>{title}</h3>
        <span class="outcome">{STATUS_WORDS[status]}</span>
        <Button
          aria-label={`${label}: ${title}`}
          aria-disabled={isBlocked}
          onClick={() => {
            if (!isBlocked) void running.run();
          }}
        >
          <Icon name="play" />
          {label}
        </Button>
      </div>
      <p class="muted">{summary}</p>
      <div aria-live="polite">
        {steps.length > 0 && (
          <ol>
            {steps.map((step, index) => (
              <li key={index}>
                <Text>{step}</Text>
              </li>
            ))}
          </ol>
        )}
        {verdict !== undefined && (
          <p>
            <strong class="outcome">{STATUS_WORDS[status]}.</strong> <Text>{verdict}</Text>
          </p>
        )}
      </div>
      <ActionError action={running} />
    </article>
  );
}
