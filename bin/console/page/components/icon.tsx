const PATHS = {
  alert: "M8 1.8 15 14H1zM8 6.5v3.2M8 11.8v.1",
  auto: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5l3.5-1M8 8h5.5M8 11l3.5 1",
  check: "m3 8.5 3.2 3.2L13 4.8",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  dark: "M13.5 9.6A6 6 0 1 1 6.4 2.5a5 5 0 0 0 7.1 7.1z",
  decided: "M2.5 8h10m-4-4 4 4-4 4",
  light: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
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
