import { access, mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MEMORY_SIZE_MB } from "./lambda-runtime.ts";

/** So much memory comes with one whole processor (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
export const MEMORY_OF_ONE_PROCESSOR_MB = 1_769;

/** Milliseconds of the period in which a share may be used up. */
const PERIOD_MS = 20;

const PERIOD_US = PERIOD_MS * 1000;
const QUOTA_US = Math.round((PERIOD_US * MEMORY_SIZE_MB) / MEMORY_OF_ONE_PROCESSOR_MB);

/** Where Linux keeps control groups that can limit processor time, and the files that set the limit, by version. */
const CONTROL_GROUPS: readonly { readonly root: string; readonly limits: Readonly<Record<string, string>> }[] = [
  { root: "/sys/fs/cgroup/cpu", limits: { "cpu.cfs_period_us": `${PERIOD_US}`, "cpu.cfs_quota_us": `${QUOTA_US}` } },
  { root: "/sys/fs/cgroup", limits: { "cpu.max": `${QUOTA_US} ${PERIOD_US}` } },
];

/**
 * Does something while a process has only the share of a processor that a function of 256 MB has.
 *
 * @param pid the process
 * @returns what the action returns, or `undefined` where this machine can't limit processor time
 */
export async function withProcessorShare<Result>(
  pid: number,
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  for (const { root, limits } of CONTROL_GROUPS) {
    const group = join(root, `bench-${pid}`);
    try {
      await mkdir(group);
      // A folder that is no control group takes any file, so look whether the kernel made them.
      for (const file of Object.keys(limits)) await access(join(group, file));
      for (const [file, limit] of Object.entries(limits)) await writeFile(join(group, file), limit);
      await writeFile(join(group, "cgroup.procs"), String(pid));
    } catch {
      await rmdir(group).catch(() => {});
      continue;
    }
    try {
      return await action();
    } finally {
      await writeFile(join(root, "cgroup.procs"), String(pid));
      await rmdir(group);
    }
  }
  return undefined;
}
