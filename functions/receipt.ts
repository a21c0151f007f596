/** When an invocation arrived, on both clocks. */
export interface Receipt {
  /** Unix milliseconds: the clock that Tencent's times are compared with. It may jump. */
  readonly unixTime: number;
  /** `performance.now()` in milliseconds: the clock that deadlines count from. It never jumps. */
  readonly monotonicTime: number;
}

/** Reads both clocks. */
export function takeReceipt(): Receipt {
  return { unixTime: Date.now(), monotonicTime: performance.now() };
}
