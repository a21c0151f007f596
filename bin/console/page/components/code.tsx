import { useState } from "preact/hooks";
import { indentJson } from "../indent-json.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Text } from "./text.tsx";

/** A text, indented if it is JSON; a button shows it unchanged. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const [isRaw, setRaw] = useState(false);
  const indented = indentJson(text);
  return (
    <div class="code box">
      <div class="code-head">
        <span>{label}</span>
        {indented !== undefined && (
          <Button class="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </Button>
        )}
        <CopyButton label="Copy" text={() => text} isIcon />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard has to reach */}
      <pre tabIndex={0}>
        {text === "" ? <span class="muted">empty</span> : <Text>{isRaw ? text : (indented ?? text)}</Text>}
      </pre>
    </div>
  );
}
