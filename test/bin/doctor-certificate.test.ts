import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { describe, expect, onTestFinished, test } from "vitest";
import { close, listen } from "../../local/server.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { beginnings, runDoctor } from "../support/doctor.ts";

const TOKEN = "DoctorsTokenDoctorsToken";

describe("npm run doctor judges a certificate:", () => {
  /** A server with a certificate for 127.0.0.1, and the file that makes it a trusted one. */
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
    const file = join(await mkdtemp(join(tmpdir(), "doctor-")), "certificate.pem");
    await writeFile(file, cert);
    return { url: `${url}/callback`, trusted: { NODE_EXTRA_CA_CERTS: file }, requests: () => requests };
  }

  const options = (url: string) => ["--url", url, "--sdk-app-id", SDK_APP_ID, "--token", TOKEN];

  test.each([
    [14, /^ok {4}connection: 127\.0\.0\.1 shows a certificate that is valid for 14 more days$/],
    [13, /^note {2}connection: 127\.0\.0\.1 shows a certificate that is valid for 13 more days\. Renew it/],
  ])("one that is valid for %i more days", async (daysLeft, line) => {
    const { url, trusted, requests } = await serveTls(daysLeft);
    const { lines } = await runDoctor([TOKEN], trusted, ...options(url));
    expect(lines[0]).toMatch(line);
    expect(requests()).toBeGreaterThan(0);
  });

  test.each([
    ["nobody trusts", 14, {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["ended yesterday", -1, undefined, "CERT_HAS_EXPIRED"],
  ])("one that %s, where it sends nothing", async (_what, daysLeft, environment, code) => {
    const { url, trusted, requests } = await serveTls(daysLeft);
    const { lines, exitCode } = await runDoctor([TOKEN], environment ?? trusted, ...options(url));
    expect(beginnings(lines)).toEqual(["FAIL  connection"]);
    expect(lines[0]).toContain(`not valid (${code})`);
    expect({ requests: requests(), exitCode }).toEqual({ requests: 0, exitCode: 1 });
  });
});
