import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beginnings } from "../../support/doctor.ts";
import { type Endpoint, examineHandler, openEndpoint, openEndpoints } from "../../support/relaying.ts";

describe("npm run doctor FAILs a loop of the endpoint's own URL", () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await openEndpoint();
    await endpoint.start({});
  });
  afterAll(() => endpoint.close());

  test.each([
    ["as it is", (url: string) => url],
    ["with a slash at its end", (url: string) => `${url}/`],
    ["in other letter case", (url: string) => url.toUpperCase().replace("HTTP:", "http:")],
    ["with a query, which is not printed", (url: string) => `${url}?Sign=1`],
  ])("%s", async (_name, change) => {
    const { lines, exitCode } = await examineHandler(endpoint.url, change(endpoint.url));
    expect(beginnings(lines)).toEqual(["FAIL  loop"]);
    expect(lines[0]).toContain("the endpoint's own URL");
    expect(exitCode).toBe(1);
  });
});

describe("npm run doctor FAILs a loop", () => {
  test("of the endpoint under another name", async () => {
    const [looping] = await openEndpoints("looping");
    const otherName = looping.url.replace("127.0.0.1", "localhost");
    await looping.start({ RELAY_URL: otherName });
    const { lines, exitCode } = await examineHandler(looping.url, otherName);
    expect(lines.at(-1)).toMatch(/^FAIL {2}loop: http:\/\/localhost:\d+\/callback is an endpoint of this project, and/);
    expect(exitCode).toBe(1);
  });

  test("of two endpoints", async () => {
    const [first, second] = await openEndpoints("first", "second");
    await first.start({ RELAY_URL: second.url });
    await second.start({ RELAY_URL: first.url });
    const { lines, exitCode } = await examineHandler(first.url, second.url);
    expect(beginnings(lines).at(-1)).toBe("FAIL  loop");
    expect(exitCode).toBe(1);
  });
});
