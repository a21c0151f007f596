/** `auto` follows the browser's preference. */
export const THEMES = ["auto", "light", "dark"] as const;

/** One of {@link THEMES}. */
export type Theme = (typeof THEMES)[number];

const KEY = "theme";

/** The theme that was chosen in this browser, or else `auto`. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? "auto";
}

/** Shows a theme, and remembers it in this browser. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  localStorage.setItem(KEY, theme);
}
