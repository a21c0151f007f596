import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";

/** Where everything local listens: nobody else's business. */
export const LOOPBACK = "127.0.0.1";

/**
 * Starts a server on the loopback interface.
 *
 * @param server the server
 * @param port its port; 0 picks a free one
 * @returns the server's URL as that of an HTTP server, without a path
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
export async function close(server: HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
