import type { SendOutput } from "../../protocol.ts";
import { callbackHref } from "../route.ts";
import { count } from "../words.ts";
import { Code } from "./code.tsx";

/** The reply to what was sent; screen readers read it out. */
export function SendReply({ reply }: { readonly reply: SendOutput | undefined }) {
  return (
    <div class="reply stack" role="status">
      {reply && (
        <p>
          <strong data-ok={reply.statusCode === undefined || reply.statusCode < 400}>
            {reply.statusCode === undefined
              ? `${count(reply.sent, "callback")} sent.`
              : `Answered ${reply.statusCode}.`}
          </strong>{" "}
          {reply.statusCode === undefined && "Follow them in the list."}
          {reply.callbackId !== undefined && <a href={callbackHref(reply.callbackId)}>See what became of it</a>}
        </p>
      )}
      {reply?.reply !== undefined && <Code label="Reply" text={reply.reply} />}
    </div>
  );
}
