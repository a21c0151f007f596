import type { CallbackRow } from "../protocol.ts";
import { Text } from "./components/text.tsx";
import { VerdictPill } from "./components/verdict-pill.tsx";
import { callbackHref } from "./route.ts";
import { showHidden } from "./visible-text.ts";
import { formatNumber, formatTime } from "./words.ts";

/** A callback in the list. */
export function CallbackListRow({
  row,
  index,
  isActive,
  isOpen,
}: {
  readonly row: CallbackRow;
  /** Its place among all rows, with 1 for the header. */
  readonly index: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
}) {
  const { id, receivedAt, verdict, reason, isHandlerFailed, command, accounts, milliseconds } = row;
  // On the row, because the link covers its cells.
  const title = [reason, command, accounts.join(", ")].filter(Boolean).map(showHidden).join("\n");
  return (
    <tr id={`row-${id}`} class={isActive ? "is-active" : ""} aria-rowindex={index} aria-selected={isOpen} title={title}>
      <td class="muted">{formatTime(receivedAt)}</td>
      <td>
        <VerdictPill verdict={verdict} />
      </td>
      <td class={isHandlerFailed ? "note" : "muted"}>{reason}</td>
      <td>
        <a href={callbackHref(id)} tabIndex={-1}>
          <Text>{command || "no command"}</Text>
        </a>
      </td>
      <td>
        {accounts.map((account, position) => (
          <span key={position} class="account">
            <Text>{account}</Text>
          </span>
        ))}
      </td>
      <td class="muted">{milliseconds !== undefined && formatNumber(Math.round(milliseconds))}</td>
    </tr>
  );
}
