// Apart from stack.ts, so that a thread which runs seeds need not load CDK.

/** The app that the simulated stack serves. */
export const SDK_APP_ID = "1400000001";
/** The commands that it forwards. */
export const FORWARD = "C2C.CallbackAfterSendMsg,Group.*,C2C.CallbackBeforeSendMsg";
/** The commands that it relays if it relays some. */
export const RELAYED_COMMANDS = "Group.*";
/** For how long the previous token is accepted, in hours: so short that it ends within a run. */
export const TOKEN_OVERLAP_HOURS = 1;
