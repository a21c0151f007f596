import type { ComponentChildren, RefObject } from "preact";
import { useId } from "preact/hooks";
import { READ_REPORT_COMMAND } from "../../../../tencent/commands.ts";
import { type JsonProblem, type JsonString, replaceString } from "./json-text.ts";
import { type SendForm, sendForm } from "./send-form.ts";

/** How many accounts of a body get a field of their own. */
const MAX_ACCOUNTS = 6;

const READ_REPORT_NAMES: Readonly<Record<string, string>> = { Report_Account: "Reader", Peer_Account: "Peer" };

/**
 * Edits a body as JSON, and its accounts also in fields of their own.
 *
 * @param children shown next to the problem, if the body is malformed
 */
export function BodyEditor({
  form: { command, body },
  strings,
  problem,
  editor,
  children,
}: {
  readonly form: SendForm;
  readonly strings: readonly JsonString[];
  readonly problem: JsonProblem | undefined;
  readonly editor: RefObject<HTMLTextAreaElement | null>;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  const accounts = problem ? [] : strings.filter(({ field }) => field.endsWith("_Account")).slice(0, MAX_ACCOUNTS);
  const names = command === READ_REPORT_COMMAND ? READ_REPORT_NAMES : {};
  return (
    <>
      {accounts.length > 0 && (
        <div class="accounts">
          {accounts.map(({ path, value }) => (
            <label key={path} class="field">
              {names[path] ?? path}
              <input
                type="text"
                value={value}
                autocomplete="off"
                spellcheck={false}
                onInput={({ currentTarget }) => sendForm.set({ body: replaceString(body, path, currentTarget.value) })}
              />
            </label>
          ))}
        </div>
      )}
      <label class="field">
        Body
        <textarea
          ref={editor}
          class="body"
          rows={Math.min(18, Math.max(6, body.split("\n").length + 1))}
          value={body}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-invalid={problem !== undefined}
          aria-describedby={problem && id}
          onInput={({ currentTarget }) => sendForm.set({ body: currentTarget.value })}
        />
      </label>
      {problem && (
        <div class="stack">
          <p class="error" id={id}>
            Line {problem.line}, column {problem.column}: {problem.message}.
          </p>
          {children}
        </div>
      )}
    </>
  );
}
