import { createServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { generate } from "selfsigned";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkConnection } from "../../../bin/doctor/check-connection.ts";
import { close, listen } from "../../../local/server.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { beginnings, runDoctor } from "../../support/doctor.ts";

const TOKEN = "DoctorsTokenDoctorsToken";

describe("npm run doctor, without TLS", () => {
  test.each(["http://10.127.0.1:1/", "http://[2001:db8::1]:1/"])("sends nothing to %s", async (url) => {
    expect(await checkConnection(new URL(url))).toMatchObject({
      verdict: "FAIL",
      meaning: expect.stringContaining("nothing was sent, because without TLS"),
    });
  });

  test.each(["http://127.0.0.2:1/", "http://localhost:1/", "http://[::1]:1/"])("tries %s", async (url) => {
    expect(await checkConnection(new URL(url))).toMatchObject({
      meaning: expect.stringMatching(/accepts no connection \(E\w+\)$/),
      advice: "Start it with 'npm start'",
    });
  });
});

describe("npm run doctor, of a certificate", () => {
  /** Starts a server with a certificate for 127.0.0.1. */
  async function serveTls(daysLeft: number) {
    const altNames = [{ type: 7 as const, ip: "127.0.0.1" }];
    const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
      keySize: 2048,
      notBeforeDate: new Date(Date.now() - 86_400_000),
      notAfterDate: new Date(Date.now() + (daysLeft + 0.5) * 86_400_000),
      extensions: [{ name: "subjectAltName", altNames }],
    });
    let requests = 0;
    const server = createServer({ key, cert }, (_request, response) => {
      requests += 1;
      response.end();
    });
    onTestFinished(() => close(server));
    const url = (await listen(server)).replace("http:", "https:");
    return { url: `${url}/callback`, certificate: cert, requests: () => requests };
  }

  /** Trusts a certificate until the test is over. */
  function trust(certificate: string) {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, certificate]);
    onTestFinished(() => setDefaultCACertificates(trusted));
  }

  const options = (url: string) => ["--url", url, "--sdk-app-id", SDK_APP_ID, "--token", TOKEN];

  test.each([
    [14, /^ok {4}connection: the certificate of 127\.0\.0\.1 is valid for 14 more days$/],
    [13, /^note {2}connection: the certificate of 127\.0\.0\.1 is valid for 13 more days\. Renew it/],
  ])("one that is valid for %i more days", async (daysLeft, line) => {
    const { url, certificate, requests } = await serveTls(daysLeft);
    trust(certificate);
    const { lines } = await runDoctor([TOKEN], ...options(url));
    expect(lines[0]).toMatch(line);
    expect(requests()).toBeGreaterThan(0);
  });

  test.each([
    ["is not trusted", 14, false, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["expired yesterday", -1, true, "CERT_HAS_EXPIRED"],
  ])("one that %s, where it sends nothing", async (_what, daysLeft, isTrusted, code) => {
    const { url, certificate, requests } = await serveTls(daysLeft);
    if (isTrusted) trust(certificate);
    const { lines, exitCode } = await runDoctor([TOKEN], ...options(url));
    expect(beginnings(lines)).toEqual(["FAIL  connection"]);
    expect(lines[0]).toContain(`not valid (${code})`);
    expect({ requests: requests(), exitCode }).toEqual({ requests: 0, exitCode: 1 });
  });
});
