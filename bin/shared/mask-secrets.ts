import type { ParkedRequest } from "../../functions/invocation.ts";

/** What replaces a signature. */
export const MASK = "•••";

/** Hex digits as long as a signature. In a query nothing else has that form. */
const SIGNATURE = /[0-9a-f]{64}/gi;
/** A name and its value. */
const PARAMETER = /[^&;]+/g;

/** Decodes a query, and masks signatures: the values of `Sign` and its malformed spellings, and anything else that looks like one. */
export function maskQuery(rawQueryString: string): { readonly name: string; readonly value: string }[] {
  return Array.from(new URLSearchParams(rawQueryString), ([name, value]) => ({
    name: maskText(name),
    value: /sign/i.test(name) ? MASK : maskText(value),
  }));
}

/** Masks the signatures in a URL's path, or in a parameter. */
export function maskText(text: string): string {
  return text.replace(PARAMETER, maskParameter).replace(SIGNATURE, MASK);
}

/** Masks the value if the name contains `Sign`, in any letter case. One expression for both would take quadratic time. */
function maskParameter(parameter: string): string {
  const name = parameter.search(/sign/i);
  if (name < 0) return parameter;
  const value = parameter.slice(name).search(/(?<==|%3d)/i);
  return value < 0 ? parameter : `${parameter.slice(0, name + value)}${MASK}`;
}

/** Creates a mask for texts that a request may have put its signature into, in any letter case, such as its event. */
export function maskFor(rawQueryString: string): (text: string) => string {
  const parameters = [...new URLSearchParams(rawQueryString)].flat();
  const signatures = [...new Set(parameters.flatMap((text) => text.match(SIGNATURE) ?? []))];
  const anySignature = new RegExp(signatures.join("|") || "(?!)", "gi");
  return (text) => text.replace(anySignature, MASK);
}

/** Masks the signature of a message that is a parked request; any other message holds none. */
export function maskMessage(body: string): string {
  const parked = readParkedRequest(body);
  if (parked === undefined) return body;
  const { parkedRequest, ...rest } = parked;
  // Payload 2.0 repeats the query's parameters.
  const { rawQueryString, queryStringParameters, headers, ...request } = parkedRequest as Payload;
  const query = maskQuery(rawQueryString).map(({ name, value }) => `${name}=${value}`);
  const masked = { rawQueryString: query.join("&"), headers: maskHeaders(headers), ...request };
  return JSON.stringify({ parkedRequest: masked, ...rest });
}

/** The parts of payload 2.0 that a parked request has in addition to those that the function reads. */
type Payload = ParkedRequest["parkedRequest"] & {
  readonly queryStringParameters?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
};

/**
 * Reads a message of the standby queue that is a parked request; `undefined` for any other. Anyone may have sent it: only its
 * query is certain to be there.
 */
export function readParkedRequest(body: string): ParkedRequest | undefined {
  if (!body.includes('"parkedRequest"')) return undefined;
  try {
    const message = JSON.parse(body) as Partial<ParkedRequest>;
    return typeof message.parkedRequest?.rawQueryString === "string" ? (message as ParkedRequest) : undefined;
  } catch {
    return undefined;
  }
}

function maskHeaders(headers: Payload["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, maskText(String(value))]));
}
