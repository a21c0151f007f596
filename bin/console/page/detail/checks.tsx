import type { Check, Verdict } from "../../protocol.ts";
import { Icon } from "../components/icon.tsx";
import { hueOf } from "../words.ts";

/** The endpoint's checks in their order, up to the one that decided. */
export function Checks({ checks, verdict }: { readonly checks: readonly Check[]; readonly verdict: Verdict }) {
  return (
    <ol class="checks" style={hueOf(verdict)}>
      {checks.map(({ name, outcome, explanation }) => (
        <li key={name} data-outcome={outcome}>
          <span>{outcome !== "not reached" && <Icon name={outcome === "passed" ? "check" : "decided"} />}</span>
          <span>
            {name}
            {outcome !== "passed" && <small>{outcome}</small>}
            {explanation && <span class="explained">{explanation}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
