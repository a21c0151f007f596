import type { SystemState, Verdict } from "../protocol.ts";
import { formatNumber, hueOf, VERDICT_LABELS } from "./words.ts";

/** Where every callback has gone, as a sum that has to add up; each term shows its callbacks in the list. */
export function Scoreboard({
  system: { scoreboard, inFlight, terms },
  verdict,
  onFilter,
}: {
  readonly system: SystemState;
  readonly verdict: Verdict | undefined;
  readonly onFilter: (verdict: Verdict | undefined) => void;
}) {
  const tile = (term: Verdict | undefined, number: number, label: string, hint: string) => (
    <button
      type="button"
      class={number === 0 ? "tile is-zero" : "tile"}
      data-verdict={term}
      style={term && hueOf(term)}
      aria-pressed={verdict === term}
      onClick={() => onFilter(verdict === term ? undefined : term)}
    >
      <span class="verdict" data-verdict={term}>
        {label}
      </span>
      <b>{formatNumber(number)}</b>
      <small>{hint}</small>
    </button>
  );
  const hint = inFlight > 0 ? `and ${formatNumber(inFlight)} in flight` : "and answered";
  return (
    <section class="scoreboard card" aria-label="Scoreboard">
      {tile(undefined, scoreboard.sent, "sent", hint)}
      {terms.map(({ verdict: term, hint }, index) => (
        <div key={term} class="term">
          <span class="operator">{index === 0 ? "=" : "+"}</span>
          {tile(term, scoreboard[term], VERDICT_LABELS[term], hint)}
        </div>
      ))}
    </section>
  );
}
