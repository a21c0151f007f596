/** An existing handler that callbacks are relayed to. */
export interface HandlerFacts {
  readonly url: string;
  /** How many callbacks it got. */
  readonly relayed: number;
  /** How many of those it did not accept. */
  readonly failed: number;
  /** Its last reply, such as `replied with 200 after 12 ms`; absent before the first. */
  readonly lastReply?: string;
}

/** How the existing handler treated a callback. */
export interface HandlerDetail {
  /** In sentences: whether it accepted the callback, or why not, and whose reply Tencent got. */
  readonly text: string;
  readonly reply?: { readonly label: string; readonly body: string };
}
