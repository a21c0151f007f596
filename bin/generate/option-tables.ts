import * as receive from "../receive.ts";
import * as send from "../send.ts";
import { type CommandDefinition, formatMeaning, formatOption, type OptionDefinition } from "../shared/command.ts";
import * as start from "../start.ts";

/** The commands whose options the documentation lists; `--help` lists all. */
const COMMANDS = [start, send, receive];

/**
 * Writes the tables of options into a page of the documentation.
 *
 * @param page the page's text; a table goes between `<!-- options of npm start -->` and `<!-- /options -->`
 * @throws {Error} naming a command that does not exist
 */
export function withOptionTables(page: string): string {
  return page.replace(/<!-- options of (.+?) -->.*?<!-- \/options -->/gs, (_section, invocation: string) => {
    const command = COMMANDS.find(({ definition }) => definition.invocation === invocation);
    if (command === undefined) throw new Error(`No command is called ${invocation}`);
    return `<!-- options of ${invocation} -->\n${optionTable(command.definition)}\n<!-- /options -->`;
  });
}

function optionTable({ options }: CommandDefinition): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const left = `\`${formatOption(name, option)}\``.replaceAll("|", "\\|");
    return `| ${left} | ${formatDefault(option)} | ${linkPages(formatMeaning(option))} |`;
  });
  return ["| Option | Default | Meaning |", "|---|---|---|", ...rows].join("\n");
}

function formatDefault({ default: value, defaultText = "" }: OptionDefinition): string {
  return value === undefined ? defaultText : `\`${value}\``;
}

/** Turns the path of a page into a link that works from another page. */
function linkPages(text: string): string {
  return text.replace(/\bdocs\/(\w+\.md)/g, "[$1]($1)");
}
