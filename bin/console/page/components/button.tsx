import type { ButtonHTMLAttributes } from "preact";

/** A button; `class` makes it `primary`, `quiet` or `icon-only`. */
export function Button({ class: kind = "", ...attributes }: ButtonHTMLAttributes & { readonly class?: string }) {
  return <button type="button" class={`button ${kind}`} {...attributes} />;
}
