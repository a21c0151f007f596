import { useEffect, useRef, useState } from "preact/hooks";
import { READ_REPORT_COMMAND } from "../../../../tencent/commands.ts";
import type { DocumentedCommand, SendOutput, SigningChoice } from "../../protocol.ts";
import { get, post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { CopyButtons } from "../components/copy-buttons.tsx";
import { Icon } from "../components/icon.tsx";
import { SendReply } from "../components/send-reply.tsx";
import { useAction } from "../components/use-action.ts";
import { useStore } from "../create-store.ts";
import { indentJson } from "../indent-json.ts";
import { store } from "../store.ts";
import { BodyEditor } from "./body-editor.tsx";
import { CommandPicker } from "./command-picker.tsx";
import { RepetitionChoice, SigningField } from "./send-choices.tsx";
import { chooseSample, type SendForm, sendForm, sendInput } from "./send-form.ts";

/** Sends any callback that Tencent documents, signed and repeated as the reader likes. */
export function SendPanel() {
  const [commands, setCommands] = useState<readonly DocumentedCommand[]>([]);
  const [signings, setSignings] = useState<readonly SigningChoice[]>([]);
  const form = useStore(sendForm, (form) => form);
  const draft = useStore(store, ({ draft }) => draft);

  const loading = useAction(async () => {
    const all = await get("/api/commands");
    setCommands(all);
    setSignings(await get("/api/signings"));
    const first = all.find(({ command }) => command === READ_REPORT_COMMAND);
    if (sendForm.value.command === "" && first) await chooseSample(first);
  });
  useEffect(() => void loading.run(), []);
  useEffect(() => {
    if (draft && draft !== sendForm.value.draft) sendForm.set({ ...draft, draft, sample: undefined });
  }, [draft]);

  if (form.command === "") return <ActionError action={loading} />;
  return (
    <>
      <SendingForm form={form} commands={commands} signings={signings} />
      <Copies form={form} />
    </>
  );
}

function SendingForm({
  form,
  commands,
  signings,
}: {
  readonly form: SendForm;
  readonly commands: readonly DocumentedCommand[];
  readonly signings: readonly SigningChoice[];
}) {
  const [reply, setReply] = useState<SendOutput>();
  const [sendsMalformed, setSendsMalformed] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const isJson = indentJson(form.body) !== undefined;
  const [progress, setProgress] = useState("");
  const sending = useAction(async () => {
    const input = sendInput(form);
    const { rate } = input;
    setReply(undefined);
    setProgress(rate ? `Sending ${rate.perSecond} a second for ${rate.seconds} s …` : "Sending …");
    const output = await post("/api/send", input);
    // The server answers before it has sent them.
    if (rate) await new Promise((resolve) => setTimeout(resolve, rate.seconds * 1000));
    setReply(output);
  });

  const submit = (event: Event) => {
    event.preventDefault();
    if (!isJson && !sendsMalformed) editor.current?.focus();
    else void sending.run();
  };
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };

  return (
    <form class="panel" onSubmit={submit} onKeyDown={submitByKey}>
      <CommandPicker form={form} commands={commands} />
      <BodyEditor form={form} isJson={isJson} editor={editor}>
        <label class="check">
          <input
            type="checkbox"
            checked={sendsMalformed}
            onChange={({ currentTarget }) => setSendsMalformed(currentTarget.checked)}
          />
          Send it malformed, to see it refused
        </label>
      </BodyEditor>
      <SigningField form={form} signings={signings} />
      <RepetitionChoice form={form} />
      <div class="sending stack">
        <div class="row">
          <button type="submit" class="button primary" aria-disabled={sending.isRunning} aria-describedby="send-hint">
            <Icon name="send" />
            {sending.isRunning ? progress : "Send"}
          </button>
          <span class="muted" id="send-hint">
            Ctrl or ⌘ + Enter
          </span>
        </div>
        <ActionError action={sending} />
        <SendReply reply={reply} />
      </div>
    </form>
  );
}

function Copies({ form }: { readonly form: SendForm }) {
  return (
    <section class="panel" aria-label="Copy">
      <div class="row">
        <CopyButtons callback={form} isJson={indentJson(form.body) !== undefined} />
      </div>
      <p class="muted">
        curl asks for the token that <code>npm start</code> printed. <code>npm run send</code> finds it, and always
        signs correctly.
      </p>
    </section>
  );
}
