import type { Verdict } from "../../protocol.ts";
import { hueOf, VERDICT_LABELS } from "../words.ts";

/** A verdict as a label with its colour and shape. */
export function VerdictPill({ verdict }: { readonly verdict: Verdict }) {
  return (
    <span class="verdict" data-verdict={verdict} style={hueOf(verdict)}>
      {VERDICT_LABELS[verdict]}
    </span>
  );
}
