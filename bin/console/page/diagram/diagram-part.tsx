import type { Part, PartId } from "../../system-parts.ts";
import { Icon } from "../components/icon.tsx";
import { count, formatNumber } from "../words.ts";

/** A part of the system as a link, with its dead-letter queue as a second one. */
export function DiagramPart({
  part,
  onExplain,
}: {
  readonly part: Part;
  readonly onExplain: (id: PartId | undefined) => void;
}) {
  const { id, name, role, explanation, counts, href, fault, deadLetters } = part;
  const explain = () => onExplain(id);
  const stop = () => onExplain(undefined);
  return (
    <div
      class={`part card ${fault ? "is-broken" : ""}`}
      data-part={id}
      style={{ gridArea: id }}
      onPointerEnter={explain}
      onPointerLeave={stop}
      onFocusCapture={explain}
      onBlurCapture={stop}
    >
      <a class="part-link" href={href} aria-describedby={`about-${id}`}>
        <b>{name}</b>
        {fault ? (
          <span class="part-fault">
            <Icon name="alert" />
            {fault}
          </span>
        ) : (
          <small>{role}</small>
        )}
        <span class="part-counts">
          {counts.map(({ number, word }) => (
            <span key={word} class={number === 0 ? "count is-zero" : "count"}>
              <b>{formatNumber(number)}</b> {word}
            </span>
          ))}
        </span>
      </a>
      <span id={`about-${id}`} hidden>
        {explanation}
      </span>
      {deadLetters && (
        <a
          class={deadLetters.number > 0 ? "dead-letters has-some" : "dead-letters"}
          href={`#/queues/${deadLetters.id}`}
        >
          {count(deadLetters.number, "dead letter")}
        </a>
      )}
    </div>
  );
}
