import { CALLBACK_PATH } from "../../lib/callback-path.ts";
import { readReadyFile } from "../../local/ready-file.ts";
import { UsageError } from "./command.ts";
import { readUrl } from "./option-values.ts";

/** Where `npm start` listens unless told otherwise. */
export const LOCAL_CALLBACK_URL = `http://127.0.0.1:8787${CALLBACK_PATH}`;

/** A callback URL, and the credentials of the app whose callbacks it takes. */
export interface CallbackTarget {
  /** The callback URL, without a query. */
  readonly url: URL;
  readonly sdkAppId: string;
  /** The token that signs callbacks; `undefined` where they are accepted unsigned. */
  readonly token: string | undefined;
}

/**
 * Reads the callback URL, the SDKAppID and the token from the options of those names. While the local system runs at that
 * URL, its own SDKAppID and token replace absent options.
 *
 * @param defaultSdkAppId the SDKAppID if neither the option nor the local system has one
 * @throws {UsageError} when the URL is malformed, or when the SDKAppID or the token is missing
 */
export async function readTarget(
  options: {
    readonly url?: string | undefined;
    readonly sdkAppId?: string | undefined;
    readonly token?: string | undefined;
  },
  defaultSdkAppId?: string,
): Promise<CallbackTarget & { readonly token: string }> {
  const { url: text = LOCAL_CALLBACK_URL } = options;
  const url = readUrl(text);
  // A query may have been copied from a log along with the URL; it is a secret.
  url.search = "";
  const local = await readReadyFile(text);
  const neighbour = local ?? (await readReadyFile(new URL(CALLBACK_PATH, url).href));
  const advice =
    neighbour === undefined
      ? (meaning: string) => `give the ${meaning} of that URL, or run 'npm start'`
      : () => `did you mean --url ${neighbour.callbackUrl}?`;
  const need = (name: string, meaning: string, value: string | undefined): string => {
    if (value) return value;
    throw new UsageError(`--${name} is missing, and no local system runs at ${url.href}: ${advice(meaning)}`);
  };
  return {
    url,
    sdkAppId: need("sdk-app-id", "SDKAppID", options.sdkAppId ?? local?.sdkAppId ?? defaultSdkAppId),
    token: need("token", "callback token", options.token ?? local?.token),
  };
}
