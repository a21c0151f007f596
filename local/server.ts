import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo, Server } from "node:net";

/** All local servers listen only on the loopback interface. */
export const LOOPBACK = "127.0.0.1";

/**
 * Starts a server on the loopback interface.
 *
 * @param port 0 picks a free one
 * @returns the HTTP URL, without a path
 * @throws {Error} such as `EADDRINUSE`
 */
export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
}

/**
 * Whether a request names this machine in its `Host`. Another name that leads here may be that of a web page, which could then
 * read the answer (DNS rebinding).
 */
export function namesLoopback({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "");
}

/** Stops a server at once, and closes its open connections. */
export async function close(server: HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
