import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CallbackDetail } from "../protocol.ts";
import { get } from "./api.ts";
import { ActionError } from "./components/action-error.tsx";
import { Button } from "./components/button.tsx";
import { Code } from "./components/code.tsx";
import { Icon } from "./components/icon.tsx";
import { Text } from "./components/text.tsx";
import { useAnswer } from "./components/use-answer.ts";
import { VerdictPill } from "./components/verdict-pill.tsx";
import { useStore } from "./create-store.ts";
import { Checks } from "./detail/checks.tsx";
import { DetailActions } from "./detail/detail-actions.tsx";
import type { Tab } from "./route.ts";
import { callbacks, store } from "./store.ts";
import { formatOffset, formatTime } from "./words.ts";

/** Everything about a callback, in a drawer over the page. */
export function CallbackDetailDrawer({
  id,
  tab,
  isModal,
}: {
  readonly id: string;
  /** The tab to return to. */
  readonly tab: Tab;
  /** Whether it covers the page. */
  readonly isModal: boolean;
}) {
  // Read again whenever its row changes.
  const row = useStore(store, () => callbacks.get(id));
  const { answer: detail, error } = useAnswer(() => get("/api/callbacks/:id", { id }), [id, row]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  const close = () => {
    location.hash = `#/${tab}`;
  };
  return (
    <div
      class="drawer"
      role="dialog"
      aria-modal={isModal}
      aria-labelledby="detail-heading"
      onKeyDown={({ key }) => key === "Escape" && close()}
    >
      <div class="drawer-head">
        <div>
          <h2 id="detail-heading" ref={heading} tabIndex={-1}>
            {detail ? <Text>{detail.command || "Callback without a command"}</Text> : "Callback"}
          </h2>
          {detail && <p class="muted">{formatTime(detail.receivedAt)}</p>}
        </div>
        <Button class="quiet icon-only" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </Button>
      </div>
      <ActionError action={{ error }} />
      {detail && <Detail detail={detail} />}
    </div>
  );
}

function Detail({ detail }: { readonly detail: CallbackDetail }) {
  const { verdict, reason, conclusion, checks, query, body, bodyBytes, reply, handler, event, history } = detail;
  return (
    <div class="drawer-body">
      <p>
        <VerdictPill verdict={verdict} /> {reason && <b>{reason}. </b>}
        {conclusion}
      </p>
      <DetailActions detail={detail} />
      <Section title="History">
        <ol class="timeline">
          {history.map(({ at, text }, index) => (
            <li key={index}>
              <time title={formatTime(at)}>{formatOffset(at - detail.receivedAt)}</time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      </Section>
      <Section title="Checks">
        <Checks checks={checks} verdict={verdict} />
      </Section>
      <Section title="Request">
        <p>
          <code>
            {detail.method} {detail.path}
          </code>
        </p>
        <table class="pairs">
          <tbody>
            {query.map(({ name, value }, index) => (
              <tr key={index}>
                <th scope="row">
                  <Text>{name}</Text>
                </th>
                <td>
                  <Text>{value}</Text>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <Code text={body} label={`Body, ${bodyBytes} bytes`} />
      </Section>
      {handler && (
        <Section title="Existing handler">
          <div class="stack">
            <p>{handler.text}</p>
            {handler.reply && <Code text={handler.reply.body} label={handler.reply.label} />}
          </div>
        </Section>
      )}
      {reply && (
        <Section title="Reply">
          <Code text={reply.body} label={`Status ${reply.statusCode}`} />
        </Section>
      )}
      {event !== undefined && (
        <Section title="Event">
          <Code text={event} label="As consumers get it" />
        </Section>
      )}
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
