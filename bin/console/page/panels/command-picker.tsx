import type { DocumentedCommand } from "../../protocol.ts";
import { ActionError } from "../components/action-error.tsx";
import { Select } from "../components/select.tsx";
import { useAction } from "../components/use-action.ts";
import { chooseSample, type SendForm } from "./send-form.ts";

/** Chooses one of the documented commands, and one of its documented bodies. */
export function CommandPicker({
  form,
  commands,
}: {
  readonly form: SendForm;
  readonly commands: readonly DocumentedCommand[];
}) {
  const command = commands.find(({ command }) => command === form.command);
  const choosing = useAction(chooseSample);
  return (
    <>
      <div class="field">
        <label class="field">
          Callback
          <select
            value={form.command}
            aria-describedby="command-hint"
            onChange={({ currentTarget }) => {
              const chosen = commands.find(({ command }) => command === currentTarget.value);
              if (chosen) void choosing.run(chosen);
            }}
          >
            {!command && <option>{form.command}</option>}
            {[...Map.groupBy(commands, ({ family }) => family)].map(([family, members]) => (
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
        {command && <small id="command-hint">{command.summary}</small>}
      </div>
      {command && (
        <label class="field">
          Documented body
          <Select
            value={form.sample?.shape ?? ""}
            options={[
              ...(form.sample ? [] : [["", "Taken from the list"] as const]),
              ...command.shapes.map((shape) => [shape, shape] as const),
            ]}
            onSelect={(shape) => choosing.run(command, shape)}
          />
        </label>
      )}
      <ActionError action={choosing} />
    </>
  );
}
