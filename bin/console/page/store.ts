import type { CallbackRow, SystemState } from "../protocol.ts";
import { Callbacks } from "./callbacks.ts";
import { createStore } from "./create-store.ts";

/** A callback that the Send panel shall begin with. */
export interface Draft {
  readonly command: string;
  readonly body: string;
}

/** What the page knows. */
export interface PageState {
  readonly connection: "connecting" | "connected" | "disconnected";
  /** Absent until the server has told it. */
  readonly system?: SystemState;
  /** Changes whenever {@link callbacks} does. */
  readonly revision: number;
  /** Set by "Edit and send". */
  readonly draft?: Draft;
}

/** What the page knows, apart from the callbacks. */
export const store = createStore<PageState>({ connection: "connecting", revision: 0 });

/** The callbacks that the page knows. Call {@link touchCallbacks} after changing them. */
export const callbacks = new Callbacks();

/** Has the components that show callbacks rendered again. */
export function touchCallbacks(): void {
  store.set({ revision: store.value.revision + 1 });
}

/** Follows the system. The browser connects again on its own, and gets everything again. */
export function connect(): void {
  const stream = new EventSource("/api/stream");
  // Applied once a frame, however many events a burst brings.
  let changes: { system?: SystemState; revision?: number } = {};
  let rows: CallbackRow[] = [];
  let isFirst = true;
  let isScheduled = false;
  const apply = () => {
    callbacks.update(rows);
    store.set(changes);
    changes = {};
    rows = [];
    isScheduled = false;
  };
  const schedule = () => {
    if (!isScheduled) requestAnimationFrame(apply);
    isScheduled = true;
  };
  stream.addEventListener("state", ({ data }) => {
    changes.system = JSON.parse(data) as SystemState;
    schedule();
  });
  stream.addEventListener("callbacks", ({ data }) => {
    const changed = JSON.parse(data) as CallbackRow[];
    if (isFirst) callbacks.keepOnly(changed);
    isFirst = false;
    rows = [...rows, ...changed];
    changes.revision = store.value.revision + 1;
    schedule();
  });
  stream.addEventListener("open", () => {
    isFirst = true;
    store.set({ connection: "connected" });
  });
  stream.addEventListener("error", () => store.set({ connection: "disconnected" }));
}
