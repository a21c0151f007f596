import { useState } from "preact/hooks";
import type { FaultMode } from "../../../../local/faults.ts";
import type { Switch } from "../../system-parts.ts";
import { post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { useAction } from "../components/use-action.ts";
import { useStore } from "../create-store.ts";
import { store } from "../store.ts";

/** Breaks and heals the parts of the system. */
export function BreakPanel() {
  const system = useStore(store, ({ system }) => system);
  const [calls, setCalls] = useState<number>();
  const switching = useAction((act: () => Promise<object>) => act());
  if (!system) return null;
  const isBroken = Object.keys(system.faults).length > 0;
  return (
    <div class="panel">
      <div class="row">
        <Button class="primary" aria-disabled={!isBroken} onClick={() => switching.run(() => post("/api/heal", {}))}>
          Heal everything
        </Button>
      </div>
      <DurationChoice calls={calls} onChange={setCalls} />
      {system.switches.map(({ part, ...rest }) => (
        <PartSwitches
          key={part}
          part={{ part, ...rest }}
          onBreak={(mode) =>
            switching.run(() => post("/api/break", { part, mode, ...(calls !== undefined && { calls }) }))
          }
          onHeal={() => switching.run(() => post("/api/heal", { part }))}
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

/** The modes of a part; pointing at one, or focusing it, explains it before it is chosen. */
function PartSwitches({ part: { name, purpose, fault, modes }, onBreak, onHeal }: PartSwitchesProps) {
  const [pointed, setPointed] = useState<FaultMode>();
  const explained = modes.find(({ mode }) => mode === pointed) ?? modes.find(({ isActive }) => isActive);
  return (
    <fieldset class="switches box" data-broken={fault !== undefined}>
      <legend>
        {name}
        <span class="health" role="status">
          {fault ?? "healthy"}
        </span>
      </legend>
      <div class="row modes">
        <Button aria-pressed={!fault} onClick={onHeal}>
          Healthy
        </Button>
        {modes.map(({ mode, label, expectation, isActive }) => (
          <Button
            key={mode}
            aria-pressed={isActive}
            aria-description={expectation}
            onClick={() => onBreak(mode)}
            onPointerEnter={() => setPointed(mode)}
            onPointerLeave={() => setPointed(undefined)}
            onFocus={() => setPointed(mode)}
            onBlur={() => setPointed(undefined)}
          >
            {label}
          </Button>
        ))}
      </div>
      <p class="muted">{explained?.expectation ?? purpose}</p>
    </fieldset>
  );
}
