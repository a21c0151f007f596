// Milliseconds after receipt. Tencent waits 2,000 and ignores the reply to an after-callback: late beats lost.

/** When the token must have been read. That leaves 400 for the destination. */
export const TOKEN_UNTIL_MS = 600;
/** When the destination must have confirmed. */
export const DESTINATION_UNTIL_MS = 1_000;
/** When the standby queue must have confirmed; after that, the log is the last resort. */
export const STANDBY_UNTIL_MS = 1_600;
/** When the existing handler must have replied: the rest of Tencent's 2,000 is for the way here and back. */
export const HANDLER_UNTIL_MS = 1_600;
/** The same where no user waits and nothing is stored: later than Tencent's 2,000, so that a time-out stays one, which it may retry. */
export const UNHURRIED_HANDLER_UNTIL_MS = 2_100;
/** When the caller gets its 503: after Tencent's two seconds, because its optional retry is documented for time-outs only. */
export const GIVE_UP_MS = 3_500;
