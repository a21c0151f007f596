import { COMMANDS, type Command, commandPage } from "../../tencent/commands.ts";

/**
 * Writes the table of callbacks into a page of the documentation.
 *
 * @param page the page's text; the table goes between `<!-- commands -->` and `<!-- /commands -->`
 */
export function withCallbacksTable(page: string): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, command]) => `| [\`${name}\`](${commandPage(name)}) | ${command.kind} | ${describeOrder(command)} |`,
  );
  const table = ["| Command | Kind | In order within |", "|---|---|---|", ...rows].join("\n");
  return page.replace(
    /<!-- commands -->.*<!-- \/commands -->/s,
    () => `<!-- commands -->\n${table}\n<!-- /commands -->`,
  );
}

function describeOrder({ orderedBy }: Command): string {
  if (orderedBy === undefined) return "nothing: none is needed";
  const { name, fields } = orderedBy;
  return `${name}: ${fields.map((field) => `\`${field}\``).join(", ")}`;
}
