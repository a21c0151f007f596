/** The callback function's alias: the API invokes it, and a deployment moves it to the new version. */
export const CALLBACK_ALIAS = "live";
