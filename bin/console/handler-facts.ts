/** An existing handler that callbacks are relayed to. */
export interface HandlerFacts {
  readonly url: string;
  /** How many callbacks it got, and how many of those it did not accept. */
  readonly relayed: number;
  readonly failed: number;
  /** Its last reply, such as `replied 200 after 12 ms`; absent before the first. */
  readonly lastReply?: string;
}

/** What came of relaying a callback to the existing handler. */
export interface HandlerDetail {
  /** In sentences: whether it accepted the callback, or why not, and whose reply Tencent got. */
  readonly text: string;
  readonly reply?: { readonly label: string; readonly body: string };
}
