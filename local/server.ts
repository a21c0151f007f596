import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Where everything local listens: nobody else's business. */
export const LOOPBACK = "127.0.0.1";

/**
 * Starts an HTTP server on the loopback interface.
 *
 * @param server the server
 * @param port its port; 0 picks a free one
 * @returns the server's URL, without a path
 * @throws {Error} `EADDRINUSE` and the like
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

/** Stops a server at once, open connections included. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
