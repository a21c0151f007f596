import { BreakPanel } from "./panels/break-panel.tsx";
import { QueuesPanel } from "./panels/queues-panel.tsx";
import { SendPanel } from "./panels/send-panel.tsx";
import { StoriesPanel } from "./panels/stories-panel.tsx";
import { type Route, TABS, type Tab } from "./route.ts";

const LABELS: Readonly<Record<Tab, string>> = { send: "Send", break: "Break", queues: "Queues", stories: "Stories" };

/** What one can do to the system, one tab for each kind. */
export function SidePanel({ route: { tab, queue } }: { readonly route: Route }) {
  return (
    <section class="side card" aria-label={LABELS[tab]}>
      <nav class="tabs" aria-label="Panels">
        {TABS.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={name === tab ? "page" : undefined}>
            {LABELS[name]}
          </a>
        ))}
      </nav>
      <div class="side-content">
        {tab === "send" && <SendPanel />}
        {tab === "break" && <BreakPanel />}
        {tab === "queues" && <QueuesPanel {...(queue && { queue })} />}
        {tab === "stories" && <StoriesPanel />}
      </div>
    </section>
  );
}
