import { useState } from "preact/hooks";
import type { ReplayOutput } from "../../protocol.ts";
import { post } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { Text } from "../components/text.tsx";
import { useAction } from "../components/use-action.ts";
import { count } from "../words.ts";

/** Puts back the events that only the log has. */
export function ReplaySection({ inLog }: { readonly inLog: number }) {
  const [output, setOutput] = useState<ReplayOutput>();
  const replaying = useAction(async () => {
    setOutput(undefined);
    setOutput(await post("/api/replay", {}));
  });
  return (
    <section class="panel replay" aria-label="Replay">
      <p>
        {inLog === 0 ? "No callback is only in the log." : `${count(inLog, "callback")} only in the log.`}{" "}
        <span class="muted">
          Replaying finds their events in the function's log and puts them back, as npm run replay does.
        </span>
      </p>
      <div class="row">
        <Button aria-disabled={replaying.isRunning} onClick={replaying.run}>
          Replay the log
        </Button>
      </div>
      <div role="status">
        {output && (
          <p>
            {output.found === 0
              ? "The log has no events to put back."
              : `Found ${count(output.found, "event")}, and put ${output.putBack} back.`}
          </p>
        )}
        {output?.problems.map((problem) => (
          <p key={problem} class="error">
            <Text>{problem}</Text>
          </p>
        ))}
      </div>
      <ActionError action={replaying} />
    </section>
  );
}
