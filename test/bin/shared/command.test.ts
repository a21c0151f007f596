import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import * as bench from "../../../bench/bench.ts";
import * as load from "../../../bench/load.ts";
import * as build from "../../../bin/build.ts";
import * as doctor from "../../../bin/doctor.ts";
import * as generate from "../../../bin/generate.ts";
import * as integ from "../../../bin/integ.ts";
import * as receive from "../../../bin/receive.ts";
import * as replay from "../../../bin/replay.ts";
import * as send from "../../../bin/send.ts";
import {
  type CommandDefinition,
  type CommandModule,
  formatHelp,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "../../../bin/shared/command.ts";
import * as start from "../../../bin/start.ts";
import * as mutate from "../../../simulation/mutate.ts";
import * as simulate from "../../../simulation/simulate.ts";
import { run } from "../../support/command.ts";

const definition = {
  invocation: "npm run greet",
  summary: "Greets.",
  options: {
    name: { value: "NAME", default: "you", meaning: "Whom to greet." },
    times: { value: "N", defaultText: "as often as it takes", meaning: "How often." },
    loudly: { meaning: "Greets in capitals." },
    wish: { value: "TEXT", isRepeatable: true, meaning: "Adds a wish." },
  },
  example: "npm run greet -- --name Ada",
} as const satisfies CommandDefinition;

const greet = toMain(definition, async (options, io) => {
  linePrinter(io.stdout)(JSON.stringify(options));
  return 3;
});

const OPTIONS = "The options are --name, --times, --loudly, --wish, --help.\n";

describe("A command", () => {
  test("gets its options with their defaults, and decides on the exit code", async () => {
    expect(await run(greet)).toEqual({ stdout: '{"name":"you","loudly":false,"wish":[]}\n', stderr: "", exitCode: 3 });
  });

  test.each([
    [["--name", "Ada", "--times=2", "--loudly"], { name: "Ada", times: "2", loudly: true }],
    [["--times", "-5"], { times: "-5" }],
    [["--name=--loudly"], { name: "--loudly" }],
    [["--name", ""], { name: "" }],
    [["--name", "a", "--name", "b"], { name: "b" }],
    [["--wish", "luck", "--wish=joy"], { wish: ["luck", "joy"] }],
  ])("reads %j", async (argv, values) => {
    const { stdout } = await run(greet, ...argv);
    expect(JSON.parse(stdout)).toEqual({ name: "you", loudly: false, wish: [], ...values });
  });

  test("has options of the types that their definitions imply", () => {
    expectTypeOf<OptionValues<typeof definition>>().toEqualTypeOf<{
      readonly name: string;
      readonly times: string | undefined;
      readonly loudly: boolean;
      readonly wish: readonly string[];
    }>();
  });

  test.each([
    [["--nam", "x"], `Unknown option --nam: did you mean --name? ${OPTIONS}`],
    [["--constructor"], `Unknown option --constructor. ${OPTIONS}`],
    [["-n", "x"], `Unknown option -n. ${OPTIONS}`],
    [["--name"], `Option --name needs a value: --name NAME.\n`],
    [["--name", "--loudly"], `Option --name needs a value: --name NAME.\n`],
    [["--loudly=yes"], `Option --loudly takes no value.\n`],
    [
      ["--name", "CHANGELOG.md", "CONTRIBUTING.md"],
      `Unexpected argument 'CONTRIBUTING.md': every value follows its option, and a value with * or spaces needs quotes, such as '*'.\n`,
    ],
  ])("refuses %j with one line, which lists the options only if one is unknown", async (argv, stderr) => {
    expect(await run(greet, ...argv)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test.each([
    [{ npm_config_name: "secret" }, "npm took --name for itself: write 'npm run greet -- --name NAME'\n"],
    [
      { npm_config_loudly: "true", npm_config_times: "3", npm_config_loglevel: "error" },
      "npm took --times, --loudly for itself: write 'npm run greet -- --times N --loudly'\n",
    ],
  ])("refuses the options that npm kept as %j, without their values", async (environment, stderr) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(await run(greet)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test.each(["--help", "-h"])("answers %s with its help, whatever else is given", async (help) => {
    const stdout = `Usage: npm run greet -- [options]

Greets.

Options:
  --name NAME  Whom to greet. (default: you)
  --times N    How often. (default: as often as it takes)
  --loudly     Greets in capitals.
  --wish TEXT  Adds a wish. May be repeated.
  -h, --help   Prints this help.

Example:
  npm run greet -- --name Ada
`;
    expect(await run(greet, "--mistake", help)).toEqual({ stdout, stderr: "", exitCode: 0 });
  });

  test("that throws anything but a UsageError ends with its stack trace", async () => {
    const fail = (error: Error) =>
      run(async () => {
        throw error;
      });
    expect(await fail(new UsageError("Wrong."))).toEqual({ stdout: "", stderr: "Wrong.\n", exitCode: 1 });
    const { stderr, exitCode } = await fail(new TypeError("broken"));
    expect(stderr).toMatch(/^TypeError: broken\n +at /);
    expect(exitCode).toBe(1);
  });
});

const COMMANDS: readonly CommandModule[] = [
  start,
  send,
  receive,
  replay,
  doctor,
  build,
  generate,
  integ,
  simulate,
  mutate,
  bench,
  load,
];

describe.each(COMMANDS.map((command) => [command.definition.invocation, command] as const))("%s", (_name, command) => {
  const { invocation, options, example } = command.definition;

  test("has a help text that fits a terminal, but for its example", () => {
    const [text = ""] = formatHelp(command.definition).split("\nExample:\n");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(96);
  });

  test("has an example that uses its options", () => {
    const [first, ...given] = example.split(/ -- | (?=--)/);
    expect(first).toBe(invocation);
    for (const option of given) expect(Object.keys(options)).toContain(option.replace(/^--([\w-]+).*$/, "$1"));
  });

  test("describes each option in one sentence", () => {
    for (const { meaning } of Object.values(options)) {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(meaning).not.toMatch(/\. /);
    }
  });
});
