import { useState } from "preact/hooks";
import { CallbackDetailDrawer } from "./callback-detail.tsx";
import { CallbackList } from "./callback-list.tsx";
import { useStore } from "./create-store.ts";
import { Diagram } from "./diagram/diagram.tsx";
import type { Filter } from "./filter-rows.ts";
import { Header } from "./header.tsx";
import { Scoreboard } from "./scoreboard.tsx";
import { SidePanel } from "./side-panel.tsx";
import { store } from "./store.ts";
import { useRoute } from "./use-route.ts";

/** Where a callback's detail covers the whole page. */
const NARROW = "(width < 800px)";

/** The whole page. */
export function App() {
  const route = useRoute();
  const system = useStore(store, ({ system }) => system);
  const [filter, setFilter] = useState<Filter>({});
  const isCovered = route.callback !== undefined && matchMedia(NARROW).matches;
  return (
    <>
      <Header isInert={isCovered} />
      {system ? (
        <main inert={isCovered}>
          <Diagram system={system} />
          <Scoreboard
            system={system}
            verdict={filter.verdict}
            onFilter={(verdict) => setFilter({ ...filter, verdict })}
          />
          <div class="columns">
            <CallbackList filter={filter} onFilter={setFilter} open={route.callback} />
            <SidePanel route={route} />
          </div>
        </main>
      ) : (
        <main>
          <p class="empty">Waiting for the local system …</p>
        </main>
      )}
      {route.callback !== undefined && system && (
        <CallbackDetailDrawer key={route.callback} id={route.callback} tab={route.tab} isModal={isCovered} />
      )}
    </>
  );
}
