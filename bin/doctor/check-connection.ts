import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Finding } from "./finding.ts";

/** Certificates are renewed by then, if they are renewed by themselves. */
const DAYS_LEFT_TO_WORRY = 14;
const DAY_MS = 86_400_000;
const PATIENCE_MS = 10_000;

/**
 * Looks whether the host has an address, takes connections, and proves with a certificate that it is the right one.
 *
 * @returns a `FAIL` when nothing signed should be sent there
 */
export async function checkConnection({ protocol, hostname, port }: URL): Promise<Finding> {
  const subject = "connection";
  // An IPv6 address stands in brackets in a URL.
  const host = hostname.replace(/^\[|\]$/g, "");
  const isEncrypted = protocol === "https:";
  const isLoopback = host === "localhost" || host === "::1" || /^127\./.test(host);
  if (!isEncrypted && !isLoopback) {
    return {
      verdict: "FAIL",
      subject,
      meaning: `${host} without TLS lets everybody on the way read signatures and events, so nothing was sent`,
      advice: "Give the URL with https://, as the output CallbackUrl has it",
    };
  }
  try {
    await lookup(host);
  } catch (error) {
    return {
      verdict: "FAIL",
      subject,
      meaning: `the name ${host} does not resolve (${(error as NodeJS.ErrnoException).code})`,
      advice:
        "Check the URL; the DNS record of a domain of your own points at the output DomainTarget (docs/deploy.md#2-deploy)",
    };
  }
  try {
    const portNumber = Number(port) || (isEncrypted ? 443 : 80);
    if (isEncrypted) return toFinding(host, await shakeHands(host, portNumber));
    await reach(host, portNumber);
    return {
      verdict: "ok",
      subject,
      meaning: `${host} takes connections, without TLS, which is fine on this machine only`,
    };
  } catch (error) {
    const { name, code = name } = error as NodeJS.ErrnoException;
    const problem = name === "AbortError" ? `within ${PATIENCE_MS / 1000} s` : `(${code})`;
    const advice = isLoopback ? "Is it running? 'npm start' runs it" : "Check the URL, and any firewall in between";
    return { verdict: "FAIL", subject, meaning: `${host} takes no connection ${problem}`, advice };
  }
}

/** What a server proved about itself. */
interface Handshake {
  /** Why the certificate is not to be trusted, if it is not. */
  readonly problem: string | undefined;
  /** How long it is still valid. */
  readonly daysLeft: number;
}

function toFinding(host: string, { problem, daysLeft }: Handshake): Finding {
  const subject = "connection";
  if (problem !== undefined) {
    return {
      verdict: "FAIL",
      subject,
      meaning: `the certificate of ${host} is not valid (${problem}), so nothing was sent`,
      advice: "Put a certificate of a public authority for this name there (domainName and certificateArn)",
    };
  }
  const meaning = `${host} shows a certificate that is valid for ${daysLeft} more days`;
  if (daysLeft >= DAYS_LEFT_TO_WORRY) return { verdict: "ok", subject, meaning };
  return { verdict: "note", subject, meaning, advice: "Renew it, or find out why it is not renewed by itself" };
}

async function shakeHands(host: string, port: number): Promise<Handshake> {
  const name = isIP(host) === 0 && { servername: host };
  // So that a certificate that is not valid is told from no answer; nothing is sent before it was judged.
  const socket = connectTls({ host, port, ...name, rejectUnauthorized: false });
  return use(socket, "secureConnect", () => ({
    problem: problemOf(socket),
    daysLeft: Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS),
  }));
}

function problemOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  return authorized ? undefined : String((authorizationError as NodeJS.ErrnoException).code ?? authorizationError);
}

async function reach(host: string, port: number): Promise<void> {
  await use(connectTcp({ host, port }), "connect", () => {});
}

/** Waits for a socket's event, and closes the socket after use. */
async function use<Result>(socket: Socket, event: string, read: () => Result) {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return read();
  } finally {
    socket.on("error", () => {}).destroy();
  }
}
