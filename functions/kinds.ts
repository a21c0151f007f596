/** A kind of value that a setting takes: how it is written as text, and which values are valid. */
export interface Kind<Value> {
  /**
   * Reads text from an environment variable or the command line, without regard to limits. Synthesis enforces limits. A
   * function that enforced them would lose callbacks.
   *
   * A kind without this method can only be set in code.
   *
   * @returns the value, or `undefined` if the text does not express one
   */
  parse?(text: string): Value | undefined;
  /**
   * Checks a value of any type, including text that {@link parse} could not read.
   *
   * @returns what is wrong, to follow "NAME is VALUE: ", or `undefined` if the value is valid
   */
  findProblem(value: unknown): string | undefined;
}

/** `true` or `false`. */
export const flag: Kind<boolean> = {
  parse: (text) => (text === "true" || text === "false" ? text === "true" : undefined),
  findProblem: (value) => (typeof value === "boolean" ? undefined : "expected true or false"),
};

/**
 * Text that matches a pattern.
 *
 * @param expected describes the text in error messages
 */
export function text(expected: string, pattern: RegExp): Kind<string> {
  return {
    parse: (value) => value,
    findProblem: (value) => (typeof value === "string" && pattern.test(value) ? undefined : `expected ${expected}`),
  };
}

/**
 * One of some strings or numbers.
 *
 * @param options the valid values, at least two
 * @param unit what numbers count, for error messages
 */
export function oneOf<const Option extends string | number>(options: readonly Option[], unit?: string): Kind<Option> {
  return {
    parse: (value) => options.find((option) => String(option) === value),
    findProblem(value) {
      if (options.includes(value as Option)) return undefined;
      return `expected ${options.slice(0, -1).join(", ")} or ${options.at(-1)}${unit ? ` ${unit}` : ""}`;
    },
  };
}

/**
 * A whole number.
 *
 * @param unit what it counts, for error messages
 * @param least the smallest valid number
 * @param most the largest valid number
 */
export function wholeNumber(unit: string, least = 0, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    parse: (value) => (/^[0-9]+$/.test(value) ? Number(value) : undefined),
    findProblem(value) {
      if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return undefined;
      const limits = most === Number.MAX_SAFE_INTEGER ? `, at least ${least}` : ` from ${least} to ${most}`;
      return `expected a whole number of ${unit}${limits}`;
    },
  };
}

/** The URL of a server. Synthesis demands more than the functions, which also take http, for a server on the same machine. */
export const httpUrl: Required<Kind<string>> = {
  parse: (value) => (/^https?:/i.test(value) && URL.canParse(value) ? value : undefined),
  findProblem: (value) =>
    typeof value === "string" && httpUrl.parse(value)
      ? undefined
      : "expected a URL such as https://chat.example.com/callback",
};

/**
 * A list of strings, which text separates by commas.
 *
 * @param check throws an error that names the first invalid entry
 */
export function list(check: (entries: readonly string[]) => unknown): Kind<readonly string[]> {
  const split = (value: string) => value.split(",").map((entry) => entry.trim());
  const findProblemIn = (entries: readonly string[]) => {
    try {
      check(entries);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return {
    parse(value) {
      const entries = split(value);
      return findProblemIn(entries) === undefined ? entries : undefined;
    },
    findProblem(value) {
      if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return findProblemIn(value);
      return (typeof value === "string" && findProblemIn(split(value))) || "expected a list of strings";
    },
  };
}
