import { useEffect, useState } from "preact/hooks";
import type { QueueMessage, QueueState } from "../../protocol.ts";
import { get } from "../api.ts";
import { ActionError } from "../components/action-error.tsx";
import { Code } from "../components/code.tsx";
import { Text } from "../components/text.tsx";
import { useAction } from "../components/use-action.ts";
import { callbackHref } from "../route.ts";
import { count, formatTime } from "../words.ts";

/** How many messages are shown: a burst leaves thousands. */
const SHOWN = 100;

/** The messages of a queue, read again whenever its counts change. */
export function MessageList({ queue: { id, visible, hidden } }: { readonly queue: QueueState }) {
  const [messages, setMessages] = useState<readonly QueueMessage[]>();
  const reading = useAction(async () => setMessages(await get("/api/queues/:id", { id })));
  // Not while the answer to the last request is awaited: a burst changes the counts with every frame.
  useEffect(() => void reading.run(), [visible, hidden, reading.isRunning && visible + hidden]);

  if (!messages) return <ActionError action={reading} />;
  if (messages.length === 0) return <p class="muted">No messages.</p>;
  return (
    <>
      <ActionError action={reading} />
      <ol class="messages box" aria-label="Messages">
        {messages.slice(0, SHOWN).map((message) => (
          <li key={message.messageId}>
            <Message message={message} />
          </li>
        ))}
      </ol>
      {messages.length > SHOWN && <p class="muted">And {count(messages.length - SHOWN, "message")} more.</p>}
    </>
  );
}

function Message({ message }: { readonly message: QueueMessage }) {
  const { messageId, summary, state, visibleAt, sentAt, receiveCount, group, note, callbackId, body } = message;
  const until = visibleAt === undefined ? "" : ` until ${formatTime(visibleAt).slice(0, 8)}`;
  return (
    <details class="message">
      <summary>
        <span class="message-state" data-state={state}>
          {state}
          {until}
        </span>{" "}
        {summary && (
          <b>
            <Text>{summary}</Text>
          </b>
        )}{" "}
        <span>sent {formatTime(sentAt).slice(0, 8)}</span>{" "}
        <span class="muted">{receiveCount === 0 ? "never received" : `received ${count(receiveCount, "time")}`}</span>
        {note !== undefined && (
          <span class="note">
            <Text>{note}</Text>
          </span>
        )}
      </summary>
      <dl>
        <dt>Message</dt>
        <dd>
          <code>{messageId}</code>
        </dd>
        {group !== undefined && (
          <>
            <dt>Group</dt>
            <dd>
              <Text>{group}</Text>
            </dd>
          </>
        )}
        {callbackId !== undefined && (
          <>
            <dt>Callback</dt>
            <dd>
              <a href={callbackHref(callbackId)}>See where it came from</a>
            </dd>
          </>
        )}
      </dl>
      <Code label="Body" text={body} />
    </details>
  );
}
