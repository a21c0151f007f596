/** Chooses one of some values, each with its label. */
export function Select<Value extends string>({
  options,
  onSelect,
  ...attributes
}: {
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string;
  readonly value: string;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly onSelect: (value: Value) => void;
}) {
  return (
    <select {...attributes} onChange={({ currentTarget }) => onSelect(currentTarget.value as Value)}>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}
