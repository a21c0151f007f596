import { access, mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MEMORY_PER_CPU_MB } from "../../bin/shared/prices.ts";
import { MEMORY_SIZE_MB } from "./lambda-runtime.ts";

/** The period in which the quota may be used up. */
const PERIOD_US = 20_000;
const QUOTA_US = Math.round((PERIOD_US * MEMORY_SIZE_MB) / MEMORY_PER_CPU_MB);

/** The root of Linux's control groups for CPU time, and the files that set a quota, for version 1 and version 2. */
const CONTROL_GROUPS: readonly { readonly root: string; readonly limits: Readonly<Record<string, string>> }[] = [
  { root: "/sys/fs/cgroup/cpu", limits: { "cpu.cfs_period_us": `${PERIOD_US}`, "cpu.cfs_quota_us": `${QUOTA_US}` } },
  { root: "/sys/fs/cgroup", limits: { "cpu.max": `${QUOTA_US} ${PERIOD_US}` } },
];

/**
 * Runs an action while a process has only the share of a CPU that Lambda gives a function with 256 MB.
 *
 * @param pid the process to limit
 * @returns the action's result; `undefined` if this machine cannot limit CPU time, in which case the action does not run
 */
export async function withCpuQuota<Result>(pid: number, action: () => Promise<Result>): Promise<Result | undefined> {
  for (const { root, limits } of CONTROL_GROUPS) {
    const group = join(root, `bench-${pid}`);
    try {
      await mkdir(group);
      // An ordinary folder would accept any file, so check that the kernel created these.
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
