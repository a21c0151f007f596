import { useRef, useState } from "preact/hooks";
import type { FaultMode } from "../../../../local/faults.ts";
import type { Switch } from "../../protocol.ts";
import { post } from "../api.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { useAction } from "../components/use-action.ts";
import { useStore } from "../create-store.ts";
import { store } from "../store.ts";
import { ActionError } from "./outcome.tsx";

/** Breaks and heals the parts of the system. */
export function BreakPanel() {
  const system = useStore(store, ({ system }) => system);
  const [calls, setCalls] = useState<number>();
  const wanted = useRef(() => Promise.resolve<object>({}));
  const switching = useAction(() => wanted.current());
  const start = (act: () => Promise<object>) => {
    wanted.current = act;
    void switching.run();
  };
  if (!system) return null;
  const isBroken = Object.keys(system.faults).length > 0;
  return (
    <div class="panel">
      <div class="row">
        <button
          type="button"
          class="button primary"
          aria-disabled={!isBroken}
          onClick={() => start(() => post("/api/heal", {}))}
        >
          Heal everything
        </button>
        {isBroken && <CopyButton label="npm start like this" text={() => system.startCommand} />}
      </div>
      <DurationChoice calls={calls} onChange={setCalls} />
      {system.switches.map(({ part, ...rest }) => (
        <PartSwitches
          key={part}
          part={{ part, ...rest }}
          onBreak={(mode) => start(() => post("/api/break", { part, mode, ...(calls !== undefined && { calls }) }))}
          onHeal={() => start(() => post("/api/heal", { part }))}
        />
      ))}
      <ActionError action={switching} />
    </div>
  );
}

function DurationChoice(props: { calls: number | undefined; onChange: (calls: number | undefined) => void }) {
  const { calls, onChange } = props;
  return (
    <fieldset>
      <legend>A part stays broken</legend>
      <div class="row">
        <label class="check">
          <input type="radio" name="duration" checked={calls === undefined} onChange={() => onChange(undefined)} />
          until healed
        </label>
        <span class="check">
          <label class="check">
            <input type="radio" name="duration" checked={calls !== undefined} onChange={() => onChange(3)} />
            for its next
          </label>
          <label class="check">
            <input
              type="number"
              min={1}
              max={999_999}
              value={calls ?? 3}
              disabled={calls === undefined}
              onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber || 1)}
            />
            calls
          </label>
        </span>
      </div>
    </fieldset>
  );
}

interface PartSwitchesProps {
  readonly part: Switch;
  readonly onBreak: (mode: FaultMode) => void;
  readonly onHeal: () => void;
}

/** The modes of a part; pointing at one explains it before it is chosen. */
function PartSwitches({ part: { name, purpose, fault, modes }, onBreak, onHeal }: PartSwitchesProps) {
  return (
    <fieldset class="switches" data-broken={fault !== undefined}>
      <legend>
        {name}
        <span class="switches-state" role="status">
          {fault ?? "healthy"}
        </span>
      </legend>
      <div class="row modes">
        <button type="button" class="button" aria-pressed={!fault} onClick={onHeal}>
          Healthy
        </button>
        {modes.map(({ mode, label, expectation, isActive }) => (
          <button
            key={mode}
            type="button"
            class="button"
            aria-pressed={isActive}
            title={expectation}
            onClick={() => onBreak(mode)}
          >
            {label}
          </button>
        ))}
      </div>
      <p class="muted">{modes.find(({ isActive }) => isActive)?.expectation ?? purpose}</p>
    </fieldset>
  );
}
