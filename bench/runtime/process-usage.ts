import { readFile } from "node:fs/promises";

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

/** The milliseconds of CPU time that a process has used so far. */
export async function cpuTime(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  // utime and stime are the 14th and 15th field of proc(5); two fields precede the split.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/**
 * The memory of a process in MB.
 *
 * @param which the memory that it holds now (`VmRSS`), or the most that it has held (`VmHWM`)
 */
export async function memory(pid: number, which: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
