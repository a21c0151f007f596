import { expect, test } from "vitest";
import { accountsOf, replaceAccount } from "../../../../bin/console/page/panels/accounts.ts";
import { DOCUMENTED_CALLBACKS } from "../../../../local/documented-callbacks.ts";

test("Finds the accounts of every documented body", () => {
  for (const { body } of DOCUMENTED_CALLBACKS) {
    const expected: unknown[] = [];
    const text = JSON.stringify(
      body,
      (name, value) => {
        if (name.endsWith("_Account") && typeof value === "string") expected.push([name, value]);
        return value;
      },
      2,
    );
    expect(accountsOf(text).map(({ field, value }) => [field, value])).toEqual(expected);
  }
});

test.each([
  '{"text": "\\"Peer_Account\\": \\"bob\\""}',
  '{"text": "Peer_Account", "a": ":", "b": "bob"}',
  '{"Account": "bob"}',
])("Takes nothing in %s for an account", (json) => {
  expect(accountsOf(json)).toEqual([]);
});

test("Changes one account and nothing else", () => {
  const text = '{ "a": 1.0, "a":12345678901234567890,\n"Report_Account" : "\\"a", "Peer_Account" : "bob" }';
  const [, peer = expect.fail()] = accountsOf(text);
  expect(replaceAccount(text, peer, '"\n<b>')).toBe(text.replace('"bob"', '"\\"\\n<b>"'));
});
