import type { QueueState } from "../../protocol.ts";
import { useStore } from "../create-store.ts";
import { store } from "../store.ts";
import { formatNumber } from "../words.ts";
import { MessageList } from "./message-list.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { ReplaySection } from "./replay-section.tsx";

/** Shows the queues and their messages, without receiving them. */
export function QueuesPanel({ queue: id = "destination" }: { readonly queue?: QueueState["id"] }) {
  const system = useStore(store, ({ system }) => system);
  if (!system) return null;
  const queue = system.queues.find((known) => known.id === id);
  return (
    <div class="panel">
      <nav class="queues box" aria-label="Queues">
        {system.queues.map((known) => (
          <a key={known.id} href={`#/queues/${known.id}`} aria-current={known.id === id ? "true" : undefined}>
            <span>{known.title}</span>
            <span>
              {formatNumber(known.visible)}
              {known.hidden > 0 && <small> + {formatNumber(known.hidden)} hidden</small>}
            </span>
          </a>
        ))}
      </nav>
      {queue && (
        <section aria-label={queue.title} key={id} class="panel">
          <p>
            <code>{queue.name}</code> <span class="muted">{queue.content}</span>
          </p>
          <QueueActions queue={queue} />
          <MessageList queue={queue} />
        </section>
      )}
      <ReplaySection inLog={system.scoreboard.log} />
    </div>
  );
}
