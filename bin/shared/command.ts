import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { closestName } from "../../lib/closest-name.ts";

/** Where a command reads from and writes to, so that tests can run it in their own process. */
export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** The environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Takes over SIGINT, SIGTERM and SIGHUP: from now on they no longer end the process.
   *
   * @returns a signal that aborts at the first of them
   */
  interruption(): AbortSignal;
}

/** A stream that text is written to. */
export interface TextOutput {
  /** Whether it is a terminal, which can replace a line. */
  readonly isTTY?: boolean;
  /** @param done called once the text is written, or with the error that prevented it */
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/** Prints a line of text. */
export type Print = (line: string) => void;

/** Creates a function that writes lines to a stream. */
export function linePrinter(output: TextOutput): Print {
  return (line) => output.write(`${line}\n`);
}

/**
 * Runs a command.
 *
 * @param argv the arguments that follow the command's name
 * @returns the exit code
 * @throws {UsageError} for a mistake on the command line
 */
export type Main = (argv: readonly string[], io: CommandIo) => Promise<number>;

/** The exports of every command's module; importing it runs nothing. */
export interface CommandModule {
  readonly definition: CommandDefinition;
  readonly main: Main;
}

/** Describes a command: its help, its option table in the documentation and its parser come from here. */
export interface CommandDefinition {
  /** How a user calls it without options, such as `npm run send`. */
  readonly invocation: string;
  /** What it does and what its exit code means, in one or two sentences. */
  readonly summary: string;
  /** By name, without the dashes. */
  readonly options: Readonly<Record<string, OptionDefinition>>;
  /** A complete command line. */
  readonly example: string;
}

/** Describes an option of a command. */
export interface OptionDefinition {
  /** The value's placeholder, such as `N`; a flag has none. */
  readonly value?: string;
  /** The value if the option is absent. */
  readonly default?: string;
  /** Describes that value in words where it is not always the same, such as `the current time`. */
  readonly defaultText?: string;
  /** Whether it may be given several times, each time with a value. It has no default. */
  readonly isRepeatable?: true;
  /** What the option does, in one plain sentence. */
  readonly meaning: string;
}

/** The values of a command's options by name. */
export type OptionValues<Definition extends CommandDefinition> = {
  readonly [Name in keyof Definition["options"]]: OptionValue<Definition["options"][Name]>;
};

/** Text, for repeatable options all their texts in the order given, for flags whether they are set. */
type OptionValue<Option extends OptionDefinition> = Option extends { readonly value: string }
  ? Option extends { readonly isRepeatable: true }
    ? readonly string[]
    : Option extends { readonly default: string }
      ? string
      : string | undefined
  : boolean;

/** Thrown for a mistake on the command line; the message says what is wrong and what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Creates a command from its definition: parses the options and handles `--help`.
 *
 * @param run gets the parsed options and returns the exit code
 */
export function toMain<const Definition extends CommandDefinition>(
  definition: Definition,
  run: (options: OptionValues<Definition>, io: CommandIo) => Promise<number>,
): Main {
  return async (argv, io) => {
    if (argv.includes("--help") || argv.includes("-h")) {
      io.stdout.write(formatHelp(definition));
      return 0;
    }
    refuseOptionsOfNpm(definition, io.environment);
    return run(parseOptions(definition, argv), io);
  };
}

/**
 * Refuses options that were written without the `--` before them. npm keeps those for itself, as environment variables
 * (https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables).
 *
 * @throws {UsageError} naming them, without their values, which may be secret
 */
function refuseOptionsOfNpm({ invocation, options }: CommandDefinition, environment: CommandIo["environment"]): void {
  const kept = Object.entries(options).filter(
    ([name]) => environment[`npm_config_${name.replaceAll("-", "_")}`] !== undefined,
  );
  if (kept.length === 0) return;
  const names = kept.map(([name]) => `--${name}`).join(", ");
  const expected = kept.map(([name, option]) => formatOption(name, option)).join(" ");
  throw new UsageError(`npm took ${names} for itself: write '${invocation} -- ${expected}'`);
}

/**
 * Parses a command's arguments.
 *
 * @throws {UsageError} for an unknown option, one without its value, or an argument that belongs to no option
 */
function parseOptions<Definition extends CommandDefinition>(
  { options }: Definition,
  argv: readonly string[],
): OptionValues<Definition> {
  const values: Record<string, string | readonly string[] | boolean | undefined> = {};
  for (const [name, option] of Object.entries(options)) values[name] = valueWithout(option);
  const types = Object.entries(options).map(([name, option]) => {
    return [name, { type: isFlag(option) ? "boolean" : "string" }] as const;
  });
  // Not strict: Node's own messages are not meant for users, and it takes the value -5 for an option.
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    const problem = token.kind === "positional" ? explainArgument(token.value) : explainOption(options, token);
    if (problem !== undefined) throw new UsageError(problem);
    if (token.kind !== "option") continue;
    const former = values[token.name];
    const value = token.value ?? true;
    values[token.name] = Array.isArray(former) ? [...former, value] : value;
  }
  return values as OptionValues<Definition>;
}

function explainArgument(argument: string): string {
  return `Unexpected argument '${argument}': every value follows its option, and a value with * or spaces needs quotes, such as '*'.`;
}

/** An option as it was given on the command line. */
interface GivenOption {
  readonly name: string;
  /** With its dashes. */
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the value came as `--name=value`. */
  readonly inlineValue?: boolean | undefined;
}

/** Says what is wrong with an option as it was given; `undefined` if nothing is. */
function explainOption(
  options: CommandDefinition["options"],
  { name, rawName, value, inlineValue }: GivenOption,
): string | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const nearest = closestName(name, Object.keys(options));
    const suggestion = nearest === undefined ? "." : `: did you mean --${nearest}?`;
    return `Unknown option ${rawName}${suggestion} The options are ${listNames(options)}.`;
  }
  if (isFlag(option)) return value === undefined ? undefined : `Option --${name} takes no value.`;
  // `--token --json` forgot the token; one that begins with dashes is written as --token=--json.
  const isMissing = value === undefined || (!inlineValue && value.startsWith("--"));
  return isMissing ? `Option --${name} needs a value: --${name} ${option.value}.` : undefined;
}

/** The value of an option that is not given. */
function valueWithout(option: OptionDefinition): string | readonly string[] | boolean | undefined {
  if (isFlag(option)) return false;
  return option.isRepeatable ? [] : option.default;
}

function isFlag(option: OptionDefinition): boolean {
  return option.value === undefined;
}

function listNames(options: CommandDefinition["options"]): string {
  return [...Object.keys(options), "help"].map((name) => `--${name}`).join(", ");
}

/** The widest line of a help text. */
const HELP_WIDTH = 96;

/** The text that `--help` prints. */
export function formatHelp({ invocation, summary, options, example }: CommandDefinition): string {
  const rows = Object.entries(options).map(([name, option]) => [formatOption(name, option), explainFully(option)]);
  rows.push(["-h, --help", "Prints this help."]);
  const column = Math.max(...rows.map(([left = ""]) => left.length)) + 4;
  const lines = rows.flatMap(([left = "", right = ""]) =>
    wrap(right, HELP_WIDTH - column).map((line, index) =>
      `${(index === 0 ? `  ${left}` : "").padEnd(column)}${line}`.trimEnd(),
    ),
  );
  const usage = Object.keys(options).length === 0 ? invocation : `${invocation} -- [options]`;
  return [
    `Usage: ${usage}`,
    "",
    ...wrap(summary, HELP_WIDTH),
    "",
    "Options:",
    ...lines,
    "",
    "Example:",
    `  ${example}`,
    "",
  ].join("\n");
}

/** An option as it is written on the command line: `--port N`. */
export function formatOption(name: string, { value }: OptionDefinition): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

/** What an option does, and whether it may be repeated. */
export function formatMeaning({ meaning, isRepeatable }: OptionDefinition): string {
  return isRepeatable ? `${meaning} May be repeated.` : meaning;
}

function explainFully(option: OptionDefinition): string {
  const { default: value, defaultText = value } = option;
  const meaning = formatMeaning(option);
  return defaultText === undefined ? meaning : `${meaning} (default: ${defaultText})`;
}

/** Breaks text into lines between words. */
function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
