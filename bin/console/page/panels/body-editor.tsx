import type { ComponentChildren, RefObject } from "preact";
import { useRef } from "preact/hooks";
import { READ_REPORT_COMMAND } from "../../../../tencent/commands.ts";
import { post } from "../api.ts";
import { useAnswer } from "../components/use-answer.ts";
import { type Account, accountsOf, replaceAccount } from "./accounts.ts";
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
  isJson,
  editor,
  children,
}: {
  readonly form: SendForm;
  readonly isJson: boolean;
  readonly editor: RefObject<HTMLTextAreaElement | null>;
  readonly children: ComponentChildren;
}) {
  const { answer } = useAnswer(() => (isJson ? Promise.resolve(undefined) : post("/api/check", { body })), [body]);
  const problem = answer?.problem;
  // A malformed body keeps the fields, so that the editor does not move.
  const known = useRef<readonly Account[]>([]);
  if (isJson) known.current = accountsOf(body).slice(0, MAX_ACCOUNTS);
  const accounts = known.current;
  const names = command === READ_REPORT_COMMAND ? READ_REPORT_NAMES : {};
  return (
    <>
      {accounts.length > 0 && (
        <div class="accounts">
          {accounts.map((account, index) => (
            <label key={index} class="field">
              {names[account.field] ?? account.field}
              <input
                type="text"
                value={account.value}
                disabled={!isJson}
                autocomplete="off"
                spellcheck={false}
                onInput={({ currentTarget }) =>
                  sendForm.set({ body: replaceAccount(body, account, currentTarget.value) })
                }
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
          aria-invalid={!isJson}
          aria-describedby={isJson ? undefined : "problem"}
          onInput={({ currentTarget }) => sendForm.set({ body: currentTarget.value })}
        />
      </label>
      {!isJson && (
        <div class="stack">
          <p class="error" id="problem">
            {problem ? `Line ${problem.line}, column ${problem.column}: ${problem.message}.` : "The body is not JSON."}
          </p>
          {children}
        </div>
      )}
    </>
  );
}
