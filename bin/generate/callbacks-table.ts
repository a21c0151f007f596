import { COMMANDS, type Command, commandPage, familyOf } from "../../tencent/commands.ts";

/** The page that lists every callback. */
export const CALLBACKS_PAGE = new URL("../../docs/callbacks.md", import.meta.url);

/**
 * Writes the table of callbacks into the page that lists them.
 *
 * @param page the page, with a table between two comments or none yet
 */
export function withCallbacksTable(page: string): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, command]) =>
      `| [\`${name}\`](${commandPage(name)}) | ${command.kind} | ${describeOrder(command)} | ${forwardedBy(name, command)} |`,
  );
  const table = ["| Command | Kind | In order within | Forwarded by |", "|---|---|---|---|", ...rows].join("\n");
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

function forwardedBy(name: string, { kind, orderedBy }: Command): string {
  if (orderedBy?.name === "read") return "always";
  return kind === "before" ? "its name alone" : `its name, \`${familyOf(name)}.*\`, \`*\``;
}
