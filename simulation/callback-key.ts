/** The key of a callback, from its body's fields. */
export function keyOf({ Report_Account, EventTime }: Readonly<Record<string, unknown>>): string | undefined {
  const account = String(Report_Account);
  if (account.startsWith("forged ")) return account;
  return EventTime === undefined ? undefined : String(EventTime);
}

/** The key of a callback, from any text that contains its body, such as a parked request. */
export function keyInText(text: string): string {
  const decoded = /"isBase64Encoded":true/.test(text) ? decodeParkedBody(text) : text;
  return /forged \d+/.exec(decoded)?.[0] ?? /"EventTime\\*":\s*(\d+)/.exec(decoded)?.[1] ?? "";
}

function decodeParkedBody(text: string): string {
  const { parkedRequest } = JSON.parse(text) as { parkedRequest?: { body: string } };
  return parkedRequest === undefined ? text : Buffer.from(parkedRequest.body, "base64").toString();
}
