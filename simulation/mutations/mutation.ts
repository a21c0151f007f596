/** A fault in one line of the code that ships, for the simulation to find. */
export interface Mutation {
  /** What the code then does wrong: a sentence without its subject. */
  readonly name: string;
  /** The source, from the root of the repository. */
  readonly file: `functions/${string}` | `tencent/${string}` | `events/${string}`;
  /** Text that occurs once in the source. */
  readonly find: string;
  readonly replace: string;
}

/** A mutation to look for. */
export interface Hunt {
  readonly mutation: Mutation;
  /** How many seeds to run at most. */
  readonly seeds: number;
}

/** What became of a mutation. */
export interface Catch {
  /** The mutation's name. */
  readonly mutation: string;
  /** The first promise that was broken, in words; absent if none was. */
  readonly promise?: string;
  /** The first seed that breaks it: so many seeds were run. */
  readonly seed?: number;
}
