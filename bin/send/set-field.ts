import { closestName } from "../../lib/closest-name.ts";
import { keepNumberAsWritten } from "../../tencent/json.ts";
import { type Print, UsageError } from "../shared/command.ts";

/** A JSON object. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Changes a field of a body, or adds one.
 *
 * @param assignment the option's value, such as `Info.To_Account=bob`: a dot descends into an object, or with a position from 0
 *   into a list. A field that holds text takes the value as it is; any other takes JSON, or text if the value is not JSON
 * @param warn gets a sentence about a field that is added, if its name resembles another one
 * @returns the changed copy
 * @throws {UsageError} if there is no `=`, or the path leads nowhere
 */
export function setField(body: Fields, assignment: string, warn: Print): Fields {
  const [, path = "", text = ""] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
  if (path === "") throw new UsageError(`--set is '${assignment}': expected Field=value, such as From_Account=alice`);

  function changeIn(value: unknown, [name, ...rest]: readonly string[]): unknown {
    if (name === undefined) return typeof value === "string" ? text : readValue(text);
    if (Array.isArray(value)) return changeInList(value, name, rest);
    if (value === undefined) return { [name]: changeIn(undefined, rest) };
    if (typeof value === "object" && value !== null) return changeInObject(value as Fields, name, rest);
    throw new UsageError(`--set ${path}: '${name}' leads nowhere, because the field before it holds no object or list`);
  }

  function changeInList(list: readonly unknown[], name: string, rest: readonly string[]): readonly unknown[] {
    const position = /^\d+$/.test(name) ? Number(name) : Number.NaN;
    // One beyond the last adds to the list.
    if (position <= list.length) return list.toSpliced(position, 1, changeIn(list[position], rest));
    throw new UsageError(`--set ${path}: '${name}' is not in the list: expected a position from 0 to ${list.length}`);
  }

  function changeInObject(fields: Fields, name: string, rest: readonly string[]): Fields {
    const isNew = !Object.hasOwn(fields, name);
    const nearest = isNew ? closestName(name, Object.keys(fields)) : undefined;
    if (nearest !== undefined) warn(`--set: the field '${name}' is new; did you mean ${nearest}?`);
    return { ...fields, [name]: changeIn(isNew ? undefined : fields[name], rest) };
  }

  return changeIn(body, path.split(".")) as Fields;
}

/** Reads JSON, without losing a digit; or text. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text, keepNumberAsWritten);
  } catch {
    return text;
  }
}
