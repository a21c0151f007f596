import type { ComponentChildren } from "preact";
import type { SigningChoice } from "../../protocol.ts";
import { Select } from "../components/select.tsx";
import { count } from "../words.ts";
import { REPETITIONS, type SendForm, sendForm } from "./send-form.ts";

/** Chooses how to sign, and tells how the endpoint answers. */
export function SigningField({
  form: { signing },
  signings,
}: {
  readonly form: SendForm;
  readonly signings: readonly SigningChoice[];
}) {
  return (
    <div class="field">
      <label class="field">
        Signed
        <Select
          value={signing}
          aria-describedby="signing-hint"
          options={signings.map(({ signing, label }) => [signing, label])}
          onSelect={(signing) => sendForm.set({ signing })}
        />
      </label>
      <small id="signing-hint">{signings.find((choice) => choice.signing === signing)?.answer}</small>
    </div>
  );
}

/** Chooses how often to send. */
export function RepetitionChoice({ form }: { readonly form: SendForm }) {
  const labels: Readonly<Record<SendForm["repetition"], ComponentChildren>> = {
    once: "Once",
    twice: "Twice, to see the duplicate dropped",
    rate: "At a steady rate",
  };
  return (
    <fieldset>
      <legend>How often</legend>
      {REPETITIONS.map((repetition) => (
        <label key={repetition} class="check">
          <input
            type="radio"
            name="repetition"
            checked={repetition === form.repetition}
            onChange={() => sendForm.set({ repetition })}
          />
          {labels[repetition]}
        </label>
      ))}
      {form.repetition === "rate" && (
        <>
          <div class="row">
            <RateField
              label="Per second"
              max={200}
              value={form.perSecond}
              onChange={(perSecond) => sendForm.set({ perSecond })}
            />
            <RateField
              label="Seconds"
              max={60}
              value={form.seconds}
              onChange={(seconds) => sendForm.set({ seconds })}
            />
          </div>
          <small>
            {count(form.perSecond * form.seconds, "callback")}. Each read report has a different time, so none is a
            duplicate.
          </small>
        </>
      )}
    </fieldset>
  );
}

function RateField(props: { label: string; max: number; value: number; onChange: (value: number) => void }) {
  return (
    <label class="field">
      {props.label} (at most {props.max})
      <input
        type="number"
        required
        min={1}
        max={props.max}
        value={props.value || ""}
        onInput={({ currentTarget }) => props.onChange(currentTarget.valueAsNumber || 0)}
      />
    </label>
  );
}
