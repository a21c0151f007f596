import { useState } from "preact/hooks";
import type { CallbackDetail, SendOutput } from "../../protocol.ts";
import { post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { CopyButtons } from "../components/copy-buttons.tsx";
import { Icon } from "../components/icon.tsx";
import { SendReply } from "../components/send-reply.tsx";
import { useAction } from "../components/use-action.ts";
import { indentJson } from "../indent-json.ts";
import { store } from "../store.ts";

/** What one can do with a callback. */
export function DetailActions({ detail: { id, command, body } }: { readonly detail: CallbackDetail }) {
  const [reply, setReply] = useState<SendOutput>();
  const sending = useAction(async () => {
    setReply(undefined);
    setReply(await post("/api/callbacks/:id/send", {}, { id }));
  });
  const edit = () => {
    store.set({ draft: { command, body } });
    location.hash = "#/send";
  };
  return (
    <>
      <div class="row">
        <Button class="primary" aria-disabled={sending.isRunning} onClick={sending.run}>
          <Icon name="send" />
          Send again
        </Button>
        <Button onClick={edit}>Edit and send</Button>
      </div>
      <ActionError action={sending} />
      <SendReply reply={reply} />
      <div class="row">
        <small>Copy as</small>
        <CopyButtons callback={{ command, body }} isJson={indentJson(body) !== undefined} />
      </div>
    </>
  );
}
