import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { count } from "../shared/count.ts";
import type { Finding } from "./finding.ts";

/** A certificate that is renewed automatically has been renewed by then. */
const FEWEST_DAYS_LEFT = 14;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 10_000;

const SUBJECT = "connection";

/**
 * Checks that a URL's host has an address, accepts connections, and proves its identity with a valid certificate.
 *
 * @returns `FAIL` if nothing signed may be sent there
 */
export async function checkConnection({ protocol, hostname, port }: URL): Promise<Finding> {
  // In a URL, an IPv6 address is in brackets.
  const host = hostname.replace(/^\[|\]$/g, "");
  const isEncrypted = protocol === "https:";
  const isLoopback = host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
  if (!isEncrypted && !isLoopback) {
    return {
      verdict: "FAIL",
      subject: SUBJECT,
      meaning: `nothing was sent, because without TLS anyone between here and ${host} could read signatures and events`,
      advice: "Use a URL with https://, such as the output CallbackUrl",
    };
  }
  try {
    await lookup(host);
  } catch (error) {
    return {
      verdict: "FAIL",
      subject: SUBJECT,
      meaning: `the name ${host} does not resolve (${(error as NodeJS.ErrnoException).code})`,
      advice:
        "Check the URL; the DNS record of your own domain must point to the output DomainTarget (docs/deploy.md#2-deploy)",
    };
  }
  try {
    const portNumber = Number(port) || (isEncrypted ? 443 : 80);
    if (isEncrypted) return toFinding(host, await shakeHands(host, portNumber));
    await use(connectTcp({ host, port: portNumber }), "connect", () => {});
    const meaning = `${host} accepts connections; they are not encrypted, which is fine on this machine only`;
    return { verdict: "ok", subject: SUBJECT, meaning };
  } catch (error) {
    const { name, code = name } = error as NodeJS.ErrnoException;
    const problem = name === "AbortError" ? `within ${TIMEOUT_MS / 1000} s` : `(${code})`;
    const advice = isLoopback ? "Start it with 'npm start'" : "Check the URL, and any firewall in between";
    return { verdict: "FAIL", subject: SUBJECT, meaning: `${host} accepts no connection ${problem}`, advice };
  }
}

/** A TLS server's certificate, and whether it proves the server's identity. */
interface Handshake {
  /** Why its certificate is not valid; `undefined` if it is. */
  readonly problem: string | undefined;
  /** How many whole days the certificate is still valid. */
  readonly daysLeft: number;
}

function toFinding(host: string, { problem, daysLeft }: Handshake): Finding {
  if (problem !== undefined) {
    return {
      verdict: "FAIL",
      subject: SUBJECT,
      meaning: `nothing was sent, because the certificate of ${host} is not valid (${problem})`,
      advice: "Use a certificate for this name from a public authority (domainName and certificateArn)",
    };
  }
  const meaning = `the certificate of ${host} is valid for ${count(daysLeft, "more day")}`;
  if (daysLeft >= FEWEST_DAYS_LEFT) return { verdict: "ok", subject: SUBJECT, meaning };
  return {
    verdict: "note",
    subject: SUBJECT,
    meaning,
    advice: "Renew it, or find out why it was not renewed automatically",
  };
}

async function shakeHands(host: string, port: number): Promise<Handshake> {
  const name = isIP(host) === 0 && { servername: host };
  // Tells an invalid certificate from no answer; nothing is sent before the certificate has been checked.
  const socket = connectTls({ host, port, ...name, rejectUnauthorized: false });
  return use(socket, "secureConnect", () => ({
    problem: problemOf(socket),
    daysLeft: Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS),
  }));
}

function problemOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  return authorized ? undefined : String((authorizationError as NodeJS.ErrnoException).code ?? authorizationError);
}

/** Waits for a socket's event, reads a result, and closes the socket. */
async function use<Result>(socket: Socket, event: string, read: () => Result): Promise<Result> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return read();
  } finally {
    socket.on("error", () => {}).destroy();
  }
}
