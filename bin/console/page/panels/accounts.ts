/** An account that a JSON text names. */
export interface Account {
  /** The name of its field. */
  readonly field: string;
  readonly value: string;
  /** Where its value begins and ends in the text, with its quotation marks. */
  readonly start: number;
  readonly end: number;
}

const ACCOUNT = /"(\w+_Account)"\s*:\s*("(?:[^"\\]|\\.)*")/dg;

/** Finds the accounts in a JSON text, apart from lists of them. */
export function accountsOf(json: string): Account[] {
  return [...json.matchAll(ACCOUNT)].map(({ 1: field = "", 2: value = "", indices }) => {
    const [start, end] = indices?.[2] ?? [0, 0];
    return { field, value: JSON.parse(value), start, end };
  });
}

/** Replaces an account in the text that it was found in, and leaves the rest as it is. */
export function replaceAccount(json: string, { start, end }: Account, value: string): string {
  return json.slice(0, start) + JSON.stringify(value) + json.slice(end);
}
