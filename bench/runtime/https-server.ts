import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import { generate } from "selfsigned";
import { LOOPBACK, listen } from "../../local/server.ts";

/** A server's certificate and its private key, in PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Creates a certificate for servers on this machine. */
export async function createIdentity(): Promise<Identity> {
  const { private: key, cert: certificate } = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: LOOPBACK },
        ],
      },
    ],
  });
  return { certificate, key };
}

/**
 * Starts an HTTPS server on this machine that never closes idle connections during a benchmark.
 *
 * @returns the server, and its URL without a path
 */
export async function startHttpsServer(
  { certificate: cert, key }: Identity,
  onRequest: RequestListener,
): Promise<{ server: Server; url: string }> {
  const server = createServer({ key, cert, keepAliveTimeout: 600_000 }, onRequest);
  const { port } = new URL(await listen(server));
  return { server, url: `https://localhost:${port}` };
}
