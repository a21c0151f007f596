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
  const choose = (command: DocumentedCommand | undefined, shape?: string) => command && choosing.run(command, shape);
  return (
    <>
      <div class="field">
        <label class="field">
          Callback
          <Select
            value={form.command}
            aria-describedby="command-hint"
            options={[
              ...(command ? [] : [[form.command, form.command] as const]),
              ...commands.map(({ command, kind }) => [command, `${command} (${kind})`] as const),
            ]}
            onSelect={(name) => choose(commands.find(({ command }) => command === name))}
          />
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
            onSelect={(shape) => choose(command, shape)}
          />
        </label>
      )}
      <ActionError action={choosing} />
    </>
  );
}
