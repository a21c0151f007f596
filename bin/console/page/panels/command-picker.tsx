import { useId, useRef } from "preact/hooks";
import type { DocumentedCommand } from "../../protocol.ts";
import { useAction } from "../components/use-action.ts";
import { ActionError } from "./outcome.tsx";
import { chooseSample, groupByFamily, type SendForm } from "./send-form.ts";

/** Chooses one of the documented commands, and one of its documented bodies. */
export function CommandPicker({
  form,
  commands,
}: {
  readonly form: SendForm;
  readonly commands: readonly DocumentedCommand[];
}) {
  const hint = useId();
  const command = commands.find(({ command }) => command === form.command);
  const wanted = useRef<Parameters<typeof chooseSample>>(null);
  const choosing = useAction(async () => wanted.current && chooseSample(...wanted.current));
  const choose = (...choice: Parameters<typeof chooseSample>) => {
    wanted.current = choice;
    void choosing.run();
  };
  return (
    <>
      <div class="field">
        <label class="field">
          Callback
          <select
            value={form.command}
            aria-describedby={hint}
            onChange={({ currentTarget }) => {
              const chosen = commands.find(({ command }) => command === currentTarget.value);
              if (chosen) choose(chosen);
            }}
          >
            {!command && <option>{form.command}</option>}
            {groupByFamily(commands).map(([family, members]) => (
              <optgroup key={family} label={family}>
                {members.map(({ command, kind }) => (
                  <option key={command} value={command}>
                    {command} ({kind})
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        {command && <small id={hint}>{command.summary}</small>}
      </div>
      {command && (
        <label class="field">
          Documented body
          <select
            value={form.sample?.shape ?? ""}
            onChange={({ currentTarget }) => choose(command, currentTarget.value)}
          >
            {!form.sample && <option value="">Taken from the list</option>}
            {command.shapes.map((shape) => (
              <option key={shape} value={shape}>
                {shape}
              </option>
            ))}
          </select>
        </label>
      )}
      <ActionError action={choosing} />
    </>
  );
}
