import { fileURLToPath } from "node:url";
import { API, type Checker, type Project, type Symbol as TypeScriptSymbol } from "typescript/unstable/sync";
import type { Setting } from "../../functions/settings.ts";
import { inputsOf, SETTINGS } from "../../lib/settings.ts";
import { STACK_SETTINGS } from "../shared/stack-config.ts";

/** The page with the table of settings. */
export const CONFIGURATION_PAGE = new URL("../../docs/configuration.md", import.meta.url);

/** The docstring of a setting. */
export interface SettingDocs {
  readonly description: string;
  /** The default in words; `undefined` if the setting is required. */
  readonly default: string | undefined;
  /** What another value costs; `undefined` if nothing. */
  readonly cost: string | undefined;
}

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Reads the docstrings of all settings as an IDE shows them: from the properties that the construct takes, after TypeScript has
 * derived them from the definitions.
 *
 * @returns the descriptions by the setting's name
 */
export function readSettingDocs(): Map<string, SettingDocs> {
  const configFile = `${PROJECT}tsconfig.json`;
  // Never closed: the compiler ends with this process, while `close()` makes it print "context canceled".
  const project = new API({ cwd: PROJECT }).updateSnapshot({ openProjects: [configFile] }).getProject(configFile);
  if (project === undefined) throw new Error(`TypeScript could not load ${configFile}`);
  const { checker } = project;
  const props = findExport(project, "lib/tencent-chat-events-props.ts", "TencentChatEventsProps");
  const stackSettings = findExport(project, "bin/shared/stack-config.ts", "STACK_SETTINGS");
  const types = [checker.getDeclaredTypeOfSymbol(props), checker.getTypeOfSymbol(stackSettings)];
  const properties = types.flatMap((type) => (type ? checker.getPropertiesOfType(type) : []));
  return new Map(properties.map((property) => [property.name, readDocs(property, checker)]));
}

function findExport({ program, checker }: Project, file: string, name: string): TypeScriptSymbol {
  const source = program.getSourceFile(`${PROJECT}${file}`);
  const symbol =
    source &&
    checker
      .getSymbolAtLocation(source)
      ?.getExports()
      .get(name as never);
  if (symbol === undefined) throw new Error(`${file} does not export ${name}`);
  return symbol;
}

function readDocs(property: TypeScriptSymbol, checker: Checker): SettingDocs {
  const tags = property.getJsDocTags(checker);
  const tag = (name: string) => unwrap(tags.find((candidate) => candidate.name === name)?.text);
  return {
    description: unwrap(property.getDocumentationComment(checker)) ?? "",
    default: tag("default"),
    cost: tag("cost"),
  };
}

function unwrap(text: string | undefined): string | undefined {
  return text?.replaceAll("\n", " ").trim();
}

/**
 * Writes the table of settings into the page that lists them.
 *
 * @param page the page, with a table between two comments or none yet
 * @param docs the settings' docstrings
 */
export function withSettingsTable(page: string, docs?: Map<string, SettingDocs>): string {
  return page.replace(
    /<!-- settings -->.*<!-- \/settings -->/s,
    // Reading the docstrings takes a second, and few pages need them.
    () => `<!-- settings -->\n${settingsTable(docs ?? readSettingDocs())}\n<!-- /settings -->`,
  );
}

function settingsTable(docs: Map<string, SettingDocs>): string {
  const rows = Object.entries({ ...SETTINGS, ...STACK_SETTINGS }).map(([name, setting]) => {
    const { description = "", default: fallback = "required", cost = "" } = docs.get(name) ?? {};
    return `| \`${name}\`${keyNote(name, setting)} | ${fallback} | ${description} | ${cost} |`.replaceAll(
      "|  |",
      "| |",
    );
  });
  return ["| Setting | Default | Effect | Cost |", "|---|---|---|---|", ...rows].join("\n");
}

/** Names the keys of a setting for the command line, unless it is a property of the same name. */
function keyNote(name: string, setting: Setting): string {
  if (!Object.hasOwn(SETTINGS, name)) return " (`-c` only)";
  const keys = inputsOf({ [name]: setting }).flatMap(({ kind, key }) => (kind.parse ? [key] : []));
  if (keys.length === 0) return " (code only)";
  return keys.join() === name ? "" : ` (${keys.map((key) => `\`${key}\``).join(", ")})`;
}
