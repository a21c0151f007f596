import { CALLBACK_PATH } from "../../lib/callback-path.ts";
import { concealSecrets } from "../../lib/setting-problem.ts";
import { UsageError } from "../shared/command.ts";

/** The names of this machine, as a URL has them. */
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Checks the option `--relay` as far as it differs from the setting `relayUrl`: an http URL is valid if it is this machine's.
 *
 * @param port the port of the callback URL
 * @throws {UsageError} if it is the http URL of another machine, or the callback URL
 */
export function checkRelayUrl(text: string, port: number): void {
  const url = URL.parse(text);
  const isLocal = url !== null && LOOPBACK_NAMES.includes(url.hostname);
  if (url?.protocol === "http:" && !isLocal) {
    throw new UsageError(
      `--relay is ${concealSecrets("relayUrl", JSON.stringify(text))}: expected an https URL, or an http URL of this machine, such as http://127.0.0.1:3000/callback`,
    );
  }
  if (isLocal && Number(url.port || 80) === port && url.pathname === CALLBACK_PATH) {
    throw new UsageError("--relay is the local system's own callback URL: expected the existing handler's URL");
  }
}
