import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import { createHttpApi, type Exchange, type Integration } from "../../local/http-api.ts";
import { close, listen } from "../../local/server.ts";

async function serve(integration: Integration) {
  const exchanges: Exchange[] = [];
  const server = createHttpApi(new Map([["POST /callback", integration]]), {
    request: () => {},
    exchange: (exchange) => exchanges.push(exchange),
  });
  onTestFinished(() => close(server));
  return { url: await listen(server), exchanges };
}

/** The event that a request becomes. */
async function eventOf(path: string, init: RequestInit): Promise<APIGatewayProxyEventV2> {
  const events: APIGatewayProxyEventV2[] = [];
  const { url } = await serve(async (event) => {
    events.push(event);
    return { statusCode: 200 };
  });
  await fetch(url + path, { method: "POST", ...init });
  return events[0] as APIGatewayProxyEventV2;
}

describe("The HTTP API", () => {
  test("turns a request into an event of payload 2.0", async () => {
    const event = await eventOf("/callback?b=%20%E7%94%A8&a=1&a=2", {
      headers: { "Content-Type": "application/json", "X-Some": "Header", "User-Agent": "test" },
      body: '{"用":1}',
    });
    expect(event).toEqual({
      version: "2.0",
      routeKey: "POST /callback",
      rawPath: "/callback",
      rawQueryString: "b=%20%E7%94%A8&a=1&a=2",
      queryStringParameters: { a: "1,2", b: " 用" },
      headers: expect.objectContaining({ "content-type": "application/json", "x-some": "Header" }),
      requestContext: {
        accountId: "000000000000",
        apiId: "local",
        domainName: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        domainPrefix: "127",
        http: {
          method: "POST",
          path: "/callback",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: expect.any(String),
        routeKey: "POST /callback",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"用":1}',
      isBase64Encoded: false,
    });
  });

  test("leaves out the parts that a request does not have", async () => {
    const event = await eventOf("/callback", {});
    expect(event).not.toHaveProperty("body");
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).toMatchObject({ rawQueryString: "", isBase64Encoded: false });
  });

  test.each([
    ["application/json", false],
    ["Application/JSON; charset=utf-8", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["text/plain", false],
    ["application/octet-stream", true],
    ["application/x-www-form-urlencoded", true],
    ["application/vnd.api+json", true],
  ])("hands over a body of %s base64-encoded: %s", async (contentType, isBase64Encoded) => {
    const event = await eventOf("/callback", { headers: { "content-type": contentType }, body: "用" });
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? "", isBase64Encoded ? "base64" : "utf8").toString()).toBe("用");
  });

  test("hands over a body without a content type base64-encoded", async () => {
    expect(await eventOf("/callback", { body: Buffer.from("x") })).toMatchObject({
      body: "eA==",
      isBase64Encoded: true,
    });
  });

  test("hands over text that is not UTF-8 base64-encoded, whatever its content type", async () => {
    const init = { headers: { "content-type": "application/json" }, body: Buffer.from([0x22, 0xff, 0x22]) };
    expect(await eventOf("/callback", init)).toMatchObject({ body: "Iv8i", isBase64Encoded: true });
  });

  test("answers with the function's result, and reports the exchange", async () => {
    const { url, exchanges } = await serve(async () => ({
      statusCode: 418,
      headers: { "content-type": "text/plain", "x-number": 5 },
      body: "用",
    }));
    const response = await fetch(`${url}/callback?CallbackCommand=A.B`, { method: "POST", body: "{}" });
    expect(response.status).toBe(418);
    expect(response.headers.get("x-number")).toBe("5");
    expect(await response.text()).toBe("用");
    const request = { method: "POST", path: "/callback", rawQueryString: "CallbackCommand=A.B" };
    expect(exchanges).toMatchObject([{ request, statusCode: 418, responseBody: "用" }]);
  });

  test("answers 500 when the function fails, and then goes on", async () => {
    let failing = true;
    const { url } = await serve(async () => {
      if (failing) throw new Error("cause");
      return { statusCode: 200 };
    });
    const response = await fetch(`${url}/callback`, { method: "POST" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "Internal Server Error" });
    failing = false;
    expect((await fetch(`${url}/callback`, { method: "POST" })).status).toBe(200);
  });

  test.each([
    [undefined, 200, "null"],
    [{ hello: "world" }, 200, '{"hello":"world"}'],
    ["text", 200, '"text"'],
    [{ statusCode: 200, headers: { "bad header": "x" } }, 500, '{"message":"Internal Server Error"}'],
    [{ statusCode: 200, body: 5 }, 500, '{"message":"Internal Server Error"}'],
  ])("turns the result %j into the status %i", async (returned, status, body) => {
    const { url, exchanges } = await serve(async () => returned);
    const response = await fetch(`${url}/callback`, { method: "POST" });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(exchanges).toMatchObject([{ statusCode: status, responseBody: body }]);
  });

  test("answers 404 to a request without a route, and 413 to more than 10 MB", async () => {
    const { url } = await serve(async () => ({ statusCode: 200 }));
    expect((await fetch(`${url}/callback`)).status).toBe(404);
    expect((await fetch(`${url}/`, { method: "POST" })).status).toBe(404);
    const body = new Uint8Array(10 * 1024 * 1024 + 1);
    expect((await fetch(`${url}/callback`, { method: "POST", body })).status).toBe(413);
  });

  test("answers 413 to an endless body, of which it keeps only the beginning", async () => {
    const { url, exchanges } = await serve(async () => ({ statusCode: 200 }));
    const client = request(`${url}/callback`, { method: "POST" });
    const more = () => void client.write(Buffer.alloc(1024 * 1024), (error) => error ?? setImmediate(more));
    more();
    const [response] = (await once(client, "response")) as [IncomingMessage];
    client.on("error", () => {}).destroy();
    expect(response.statusCode).toBe(413);
    await expect.poll(() => exchanges.length).toBe(1);
    expect(exchanges[0]?.request.body.byteLength).toBeLessThan(11 * 1024 * 1024);
  });
});
