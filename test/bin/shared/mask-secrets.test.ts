import { expect, test } from "vitest";
import { MASK, maskMessage, maskQuery } from "../../../bin/shared/mask-secrets.ts";
import { exampleEvent } from "../../support/example-event.ts";

const SIGNATURE = "0123456789abcdef".repeat(4);

test.each([
  [`Sign=${SIGNATURE}`, [["Sign", MASK]]],
  ["sIgN=short", [["sIgN", MASK]]],
  [
    `Sign=a&Sign=${SIGNATURE}`,
    [
      ["Sign", MASK],
      ["Sign", MASK],
    ],
  ],
  [
    `%53ign=${SIGNATURE}&RequestTime=5`,
    [
      ["Sign", MASK],
      ["RequestTime", "5"],
    ],
  ],
  [`?Sign=${SIGNATURE}`, [["Sign", MASK]]],
  [`x=${SIGNATURE.toUpperCase()}`, [["x", MASK]]],
  ["x=Sign%3Dsecret%26y", [["x", `Sign=${MASK}&y`]]],
  [`Sign%3D${SIGNATURE}`, [[`Sign=${MASK}`, MASK]]],
  ["CallbackCommand=C2C.CallbackAfterMsgReport", [["CallbackCommand", "C2C.CallbackAfterMsgReport"]]],
])("The query %s is shown without its signature", (query, shown) => {
  expect(maskQuery(query).map(({ name, value }) => [name, value])).toEqual(shown);
});

test("A parked request is shown without its signature, though nobody knows its callback", () => {
  const parkedRequest = {
    rawQueryString: `RequestTime=5&Sign=${SIGNATURE}`,
    queryStringParameters: { Sign: SIGNATURE },
    headers: { referer: `http://127.0.0.1/?Sign=${SIGNATURE}` },
    requestContext: { requestId: "id" },
    body: "{}",
  };
  expect(JSON.parse(maskMessage(JSON.stringify({ parkedRequest, receivedAt: 1 })))).toEqual({
    parkedRequest: {
      rawQueryString: `RequestTime=5&Sign=${MASK}`,
      headers: { referer: `http://127.0.0.1/?Sign=${MASK}` },
      requestContext: { requestId: "id" },
      body: "{}",
    },
    receivedAt: 1,
  });
});

test.each([
  ["an event", JSON.stringify(exampleEvent())],
  ["text", '"parkedRequest"'],
  ["other JSON", '{"parkedRequest":5}'],
])("A message that is %s is shown as it is", (_name, body) => {
  expect(maskMessage(body)).toBe(body);
});
