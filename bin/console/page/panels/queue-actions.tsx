import { useState } from "preact/hooks";
import type { QueueState } from "../../protocol.ts";
import { post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { useAction } from "../components/use-action.ts";
import { count } from "../words.ts";

/** Plays the consumer of the destination, or the operator who moves dead letters back. */
export function QueueActions({ queue: { id, canMoveBack } }: { readonly queue: QueueState }) {
  const [outcome, setOutcome] = useState("");
  const action = useAction(async (act: () => Promise<string>) => {
    setOutcome("");
    setOutcome(await act());
  });
  const button = (label: string, act: () => Promise<string>) => (
    <Button aria-disabled={action.isRunning} onClick={() => action.run(act)}>
      {label}
    </Button>
  );

  const receive = async () => {
    const { message } = await post("/api/queues/:id/receive", {}, { id });
    return message ? `Received and deleted ${message.messageId}, as a consumer does.` : NOTHING_VISIBLE;
  };
  const fail = (times: number) => async () => {
    const { isDeadLetter } = await post("/api/queues/:id/fail", { times }, { id });
    if (isDeadLetter) return "It is a dead letter now.";
    return "Received and not deleted, so the message is back, with a higher count.";
  };
  const moveBack = async () => {
    const { moved } = await post("/api/queues/:id/move-back", {}, { id });
    return `Moved ${count(moved, "message")} back.`;
  };

  const isDestination = id === "destination";
  if (!isDestination && !canMoveBack) return null;
  return (
    <div class="stack">
      <div class="row">
        {isDestination && [
          button("Receive one", receive),
          button("Fail once", fail(1)),
          button("Fail five times", fail(5)),
        ]}
        {canMoveBack && button("Move all back", moveBack)}
      </div>
      {isDestination && (
        <p class="muted">
          Receiving deletes the message, as a consumer that has handled it. Failing receives without deleting; the fifth
          time, the message becomes a dead letter.
        </p>
      )}
      <div role="status">{outcome}</div>
      <ActionError action={action} />
    </div>
  );
}

const NOTHING_VISIBLE = "No message is visible: the queue is empty, or a consumer is still busy with its messages.";
