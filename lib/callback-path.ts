/** The path of the callback URL: the only one that the endpoint answers. */
export const CALLBACK_PATH = "/callback";
