/** The most accounts that a row names. */
const MAX_ACCOUNTS = 4;

/** Larger bodies are not parsed: a callback that becomes an event has at most 256 KiB. */
const MAX_PARSED_BYTES = 256 * 1024;

/** Deep enough for `PairList[0].From_Account`. */
const MAX_DEPTH = 3;

/** What a list shows of a body. */
export interface BodySummary {
  /** The command that the body names; empty if it names none. */
  readonly command: string;
  /** The values of its `*_Account` fields, each once: those who act come first. */
  readonly accounts: readonly string[];
}

/** Summarises a body; anything but a JSON object names nothing. */
export function summariseBody(body: Buffer): BodySummary {
  const value = parse(body);
  const { CallbackCommand } = (value ?? {}) as { CallbackCommand?: unknown };
  const found: [name: string, account: string][] = [];
  collectAccounts(value, MAX_DEPTH, found);
  const actors = found.filter(([name]) => !isTarget(name));
  const accounts = [...actors, ...found.filter(([name]) => isTarget(name))].map(([, account]) => account);
  return {
    command: typeof CallbackCommand === "string" ? CallbackCommand : "",
    accounts: [...new Set(accounts)].slice(0, MAX_ACCOUNTS),
  };
}

function isTarget(name: string): boolean {
  return name === "To_Account" || name === "Peer_Account";
}

function parse(body: Buffer): unknown {
  if (body.byteLength > MAX_PARSED_BYTES) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function collectAccounts(value: unknown, depth: number, found: [string, string][]): void {
  if (typeof value !== "object" || value === null || depth === 0) return;
  for (const [name, inner] of Object.entries(value)) {
    if (found.length >= 2 * MAX_ACCOUNTS) return;
    if (typeof inner === "string" && name.endsWith("_Account")) found.push([name, inner]);
    else collectAccounts(inner, depth - 1, found);
  }
}
