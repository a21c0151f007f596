import type { Actions, Reads } from "../protocol.ts";

/** The values of a path's `:parameters`; the others become its query. */
type Parameters = Readonly<Record<string, string>>;

/**
 * Reads from the console's server.
 *
 * @example await get("/api/callbacks/:id", { id })
 * @throws {Error} with the server's reason, or if it can't be reached
 */
export async function get<Path extends keyof Reads>(path: Path, parameters: Parameters = {}): Promise<Reads[Path]> {
  return (await request(urlOf(path, parameters))) as Reads[Path];
}

/**
 * Tells the console's server to do something.
 *
 * @example await post("/api/heal", { part: "standby" })
 * @throws {Error} with the server's reason, or if it can't be reached
 */
export async function post<Path extends keyof Actions>(
  path: Path,
  input: Actions[Path]["input"],
  parameters: Parameters = {},
): Promise<Actions[Path]["output"]> {
  const headers = { "content-type": "application/json" };
  return (await request(urlOf(path, parameters), { method: "POST", headers, body: JSON.stringify(input) })) as object;
}

/** Puts a path's parameters into it, and the others into its query. */
export function urlOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams(parameters);
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    query.delete(name);
    return encodeURIComponent(parameters[name] ?? "");
  });
  return query.size === 0 ? filled : `${filled}?${query}`;
}

async function request(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, init).catch(() => {
    throw new Error("The console can't reach the local system. Is npm start still running?");
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { error } = (answer ?? {}) as { readonly error?: string };
  throw new Error(error ?? `The console's server answered ${response.status}.`);
}
