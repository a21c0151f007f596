import { useState } from "preact/hooks";
import type { SystemState } from "../../protocol.ts";
import type { PartId } from "../../system-parts.ts";
import { ActionError } from "../components/action-error.tsx";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { useAction } from "../components/use-action.ts";
import { sendReadReport } from "../send-read-report.ts";
import { DiagramPart } from "./diagram-part.tsx";
import { Edges } from "./edges.tsx";

const INTRODUCTION =
  "Tencent reports once that a message was read, waits two seconds, and keeps no copy. Follow a callback from left to right: nothing that was accepted gets lost, whatever you break.";

/** The system's parts, what they hold and what moves between them; each leads to the panel that shows or breaks it. */
export function Diagram({ system }: { readonly system: SystemState }) {
  const [explained, setExplained] = useState<PartId>();
  const sending = useAction(() => sendReadReport());
  const { parts } = system;
  const isUnused = system.scoreboard.sent + system.inFlight === 0;
  return (
    <section class={`diagram ${system.destination === "bus" ? "with-bus" : ""}`} aria-label="The system">
      <Edges system={system} />
      <p class="explanation" aria-hidden={explained !== undefined}>
        {parts.find(({ id }) => id === explained)?.explanation ?? INTRODUCTION}
      </p>
      <div class="first-send">
        <Button class={isUnused ? "primary" : ""} aria-disabled={sending.isRunning} onClick={sending.run}>
          <Icon name="send" />
          {isUnused ? "Send your first callback" : "Send a read report"}
        </Button>
        <ActionError action={sending} />
      </div>
      {parts.map((part) => (
        <DiagramPart key={part.id} part={part} onExplain={setExplained} />
      ))}
    </section>
  );
}
