import type { CallbackDetail, SystemState } from "../../protocol.ts";
import { post } from "../api.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { Icon } from "../components/icon.tsx";
import { useAction } from "../components/use-action.ts";
import { asCurl, asFixture, asSend } from "../copy.ts";
import { store } from "../store.ts";

/** What one can do with a callback. */
export function DetailActions({ detail, system }: { readonly detail: CallbackDetail; readonly system: SystemState }) {
  const sending = useAction(() => post("/api/callbacks/:id/send", {}, { id: detail.id }));
  const fixture = asFixture(detail);
  const edit = () => {
    store.set({ draft: { command: detail.command, body: detail.body } });
    location.hash = "#/send";
  };
  return (
    <>
      <div class="row">
        <button type="button" class="button primary" disabled={sending.isRunning} onClick={sending.run}>
          <Icon name="send" />
          Send again
        </button>
        <button type="button" class="button" onClick={edit}>
          Edit and send
        </button>
      </div>
      <div class="row">
        <span class="hint">Copy as</span>
        <CopyButton label="curl" text={() => asCurl(detail, system)} />
        <CopyButton label="npm run send" text={() => asSend(detail, system)} />
        {fixture !== undefined && <CopyButton label="Test fixture" text={() => fixture} />}
      </div>
      {sending.error && (
        <p class="error" role="alert">
          {sending.error}
        </p>
      )}
    </>
  );
}
