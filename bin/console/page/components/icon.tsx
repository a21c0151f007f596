const PATHS = {
  alert: "M8 1.8 15 14H1zM8 6.5v3.2M8 11.8v.1",
  check: "m3 8.5 3.2 3.2L13 4.8",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  decided: "M2.5 8h10m-4-4 4 4-4 4",
  pause: "M5.5 3.5v9m5-9v9",
  play: "m5 3.5 7.5 4.5L5 12.5z",
  send: "M14 2 1.8 6.8l5 2.4 2.4 5zM6.8 9.2 14 2",
} as const;

/** A decorative icon; the text next to it, or the button's label, says the same. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
