import { CopyButton } from "./components/copy-button.tsx";
import { useStore } from "./create-store.ts";
import { store } from "./store.ts";

const CONNECTION_WORDS = {
  connecting: "Connecting …",
  connected: "Live",
  disconnected: "Disconnected: is npm start still running?",
};

/** What this is, where to post callbacks to, and whether the page is up to date. */
export function Header({ isInert }: { readonly isInert: boolean }) {
  const connection = useStore(store, ({ connection }) => connection);
  const system = useStore(store, ({ system }) => system);
  return (
    <header class="header" inert={isInert}>
      <div class="title">
        <h1>tencent-chat-events</h1>
        <p>Turns Tencent Cloud Chat's callbacks into durable events, all on this machine.</p>
      </div>
      <div class="row">
        {system && (
          <div class="row">
            <small>Callback URL</small>
            <code>{system.callbackUrl}</code>
            <CopyButton label="Copy the callback URL" text={() => system.callbackUrl} isIcon />
          </div>
        )}
        <span class="connection" data-state={connection} role="status">
          {CONNECTION_WORDS[connection]}
        </span>
      </div>
    </header>
  );
}
