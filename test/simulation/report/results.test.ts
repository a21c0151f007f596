import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCommit } from "../../../simulation/report/results.ts";

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), "results-"));
  await mkdir(join(folder, "simulation"));
  const git = (...argv: string[]) => {
    const author = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...author, ...argv], { cwd: folder, encoding: "utf8" }).trim();
  };
  return { folder, git, write: (file: string) => writeFile(join(folder, file), "") };
}

test("The commit is recorded only if no other file than the results differs from it", async () => {
  const { folder, git, write } = await newFolder();
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message", "First");
  await write("simulation/results.json");
  expect(await readCommit(join(folder, "simulation"))).toBe(git("rev-parse", "HEAD"));
  await write("changed.ts");
  await expect(readCommit(join(folder, "simulation"))).rejects.toThrow("commit or stash your changes first");
});

test("Without a commit, nothing is recorded", async () => {
  const { folder } = await newFolder();
  await expect(readCommit(folder)).rejects.toThrow("expected a clone of the repository with git");
});
