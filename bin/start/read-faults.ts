import { closestName } from "../../lib/closest-name.ts";
import { BREAKABLE_PARTS, type BreakablePart, type FaultMode, modesOf } from "../../local/faults.ts";
import { UsageError } from "../shared/command.ts";

/** A fault to begin with. */
export interface InitialFault {
  readonly part: BreakablePart;
  readonly mode: FaultMode;
  /** How many calls it applies to; without it, it lasts until the part is healed. */
  readonly calls: number | undefined;
}

/**
 * Reads the option `--break`, such as `destination=hang,standby=fail:20`.
 *
 * @param relayUrl the existing handler's URL, if there is one
 * @throws {UsageError} naming what is unknown, and what was expected
 */
export function readFaults(list: string | undefined, relayUrl?: string): InitialFault[] {
  const faults = list === undefined ? [] : list.split(",").map((item) => readFault(item.trim()));
  if (relayUrl === undefined && faults.some(({ part }) => part === "handler"))
    throw new UsageError("--break: there is no existing handler to break: add --relay URL");
  return faults;
}

function readFault(item: string): InitialFault {
  const [, partName = "", modeName = "", calls] = /^([^=:]*)=([^:]*)(?::(.*))?$/.exec(item) ?? [];
  if (partName === "") {
    throw new UsageError(`--break is '${item}': expected part=mode, such as destination=hang or standby=fail:20`);
  }
  const part = choose(partName, BREAKABLE_PARTS, `'${partName}' is not a part`);
  const mode = choose(modeName, modesOf(part), `'${part}' has no mode '${modeName}'`);
  if (calls !== undefined && !/^[1-9]\d{0,5}$/.test(calls)) {
    throw new UsageError(`--break is '${item}': expected a number of calls after the colon, from 1 to 999999`);
  }
  return { part, mode, calls: calls === undefined ? undefined : Number(calls) };
}

function choose<Name extends string>(given: string, names: readonly Name[], problem: string): Name {
  const name = names.find((candidate) => candidate === given);
  if (name !== undefined) return name;
  const nearest = closestName(given, names);
  const hint = nearest === undefined ? "." : `: did you mean ${nearest}?`;
  throw new UsageError(`--break: ${problem}${hint} Expected one of ${names.join(", ")}`);
}
