import { useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** Copies a text, and says that it did. Without children, the label is for screen readers only. */
export function CopyButton({
  text,
  label,
  isIcon = false,
}: {
  text: () => string | Promise<string>;
  label: string;
  isIcon?: boolean;
}) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  const copy = () =>
    // Safari lets a page write only at once after a click, but takes a promise.
    navigator.clipboard.write([new ClipboardItem({ "text/plain": text() })]).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  const words = outcome === undefined ? label : outcome === "copied" ? "Copied" : "Could not copy";
  return (
    <Button
      class={isIcon ? "quiet icon-only" : ""}
      aria-label={isIcon ? words : undefined}
      onClick={copy}
      onBlur={() => setOutcome(undefined)}
      onPointerLeave={() => setOutcome(undefined)}
    >
      <Icon name={outcome === "copied" ? "check" : "copy"} />
      {!isIcon && <span aria-live="polite">{words}</span>}
    </Button>
  );
}
