import { splitHidden } from "../visible-text.ts";

/** A text from outside: isolated from its surroundings, with the characters made visible that could disguise it. */
export function Text({ children }: { readonly children: string }) {
  return (
    <bdi>
      {splitHidden(children).map(({ text, isHidden }) => (isHidden ? <span class="code-point">{text}</span> : text))}
    </bdi>
  );
}
