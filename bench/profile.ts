import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { build, stop } from "esbuild";
import { bundleOptions } from "../bin/build/build-functions.ts";
import { callbackEvent } from "./callbacks.ts";
import { LambdaRuntime } from "./runtime/lambda-runtime.ts";
import type { Subject } from "./subjects.ts";

const EVENTS = 5_000;
/** Node.js's default. Sampling ten times as often would itself use considerable CPU time. */
const INTERVAL_US = 1_000;
/** Events that are not measured, because Node.js still compiles. */
const WARM_UP_EVENTS = 500;

/** The format of Node.js's CPU profiles: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      /** Counted from 0, as is the column. */
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

/** The owners of CPU time, with labels for tables. */
export const OWNERS = {
  own: "our own code: authenticate, parse, validate, create the event",
  ownCalls: "called by it: valibot, Node.js's hashes, URLSearchParams, …",
  call: "sign and send, retries, metrics",
  runtime: "AWS's runtime client, including its stand-in",
  node: "Node.js's main thread: TLS, HTTP, garbage collection",
  threads: "Node.js's other threads: compilation, garbage collection",
} as const;

/** Each owner's share of the CPU time of an event, as a fraction of 1. */
export type Shares = Record<keyof typeof OWNERS, number>;

type Owner = keyof Shares | "idle";

/** The files that count as our own code. */
const OWN_CODE = /^(?:tencent|events)\/|^functions\/judge-callback\.ts$/;

/**
 * Profiles the callback function while it handles one event after the other.
 *
 * @param directory where to write the profile; its contents are deleted first
 * @returns each owner's share of the CPU time, without idle time
 */
export async function profileWarm({ bundle, environment }: Subject, directory: string): Promise<Shares> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${INTERVAL_US}`];
  const startedAt = performance.now();
  const runtime = new LambdaRuntime({ bundle, environment, nodeOptions });
  await runtime.start();
  const invoke = async (count: number) => {
    let { cpu } = await runtime.invoke(callbackEvent());
    for (let done = 1; done < count; done += 1) cpu = (await runtime.invoke(callbackEvent())).cpu;
    return cpu;
  };
  const before = await invoke(WARM_UP_EVENTS);
  const warmUpMs = performance.now() - startedAt;
  const cpuMs = (await invoke(EVENTS)) - before;
  await runtime.finish();
  const [file = ""] = (await readdir(directory)).filter((name) => name.endsWith(".cpuprofile"));
  const profile = JSON.parse(await readFile(join(directory, file), "utf8")) as Profile;
  return attribute(profile, warmUpMs * 1000, cpuMs * 1000, await readSourceMap(bundle));
}

/** Builds a bundle again to get its source map, which is not shipped. */
async function readSourceMap(bundle: string): Promise<TraceMap> {
  const { outputFiles } = await build({ ...bundleOptions("callback"), sourcemap: "external", outfile: bundle });
  await stop();
  const [map, code] = [/\.map$/, /\.mjs$/].map((end) => outputFiles.find(({ path }) => end.test(path))?.text);
  // The bundle goes on with licences.
  if (map === undefined || code === undefined || !(await readFile(bundle, "utf8")).startsWith(code)) {
    throw new Error(`${bundle} is not built from the current sources: run npm run build`);
  }
  return new TraceMap(map);
}

function attribute(
  { nodes, samples, timeDeltas }: Profile,
  skipMicroseconds: number,
  cpuMicroseconds: number,
  map: TraceMap,
): Shares {
  const owners = ownersOf(nodes, map);
  const sums: Record<Owner, number> = { own: 0, ownCalls: 0, call: 0, runtime: 0, node: 0, threads: 0, idle: 0 };
  let elapsed = 0;
  samples.forEach((id, index) => {
    const duration = timeDeltas[index] ?? 0;
    elapsed += duration;
    if (elapsed > skipMicroseconds) sums[owners.get(id) ?? "node"] += duration;
  });
  const { idle, ...busy } = sums;
  const mainThread = Object.values(busy).reduce((sum, part) => sum + part, 0);
  const all = { ...busy, threads: Math.max(0, cpuMicroseconds - mainThread) };
  return Object.fromEntries(Object.entries(all).map(([owner, part]) => [owner, part / cpuMicroseconds])) as Shares;
}

/** The owner of each node of the call tree. */
function ownersOf(nodes: Profile["nodes"], map: TraceMap): ReadonlyMap<number, Owner> {
  const owners = new Map<number, Owner>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (id: number, inherited: Owner) => {
    const node = byId.get(id);
    if (node === undefined) return;
    const direct = ownerOf(node.callFrame, map);
    const isCalledByOwn = direct !== "own" && (inherited === "own" || inherited === "ownCalls");
    const owner = isCalledByOwn ? "ownCalls" : (direct ?? inherited);
    owners.set(id, owner);
    for (const child of node.children ?? []) visit(child, owner);
  };
  visit(nodes[0]?.id ?? 0, "node");
  return owners;
}

/** @returns `undefined` for a function of Node.js itself, which belongs to its caller's owner */
function ownerOf(
  { functionName, url, lineNumber, columnNumber }: Profile["nodes"][number]["callFrame"],
  map: TraceMap,
): Owner | undefined {
  if (functionName === "(idle)") return "idle";
  if (/aws-lambda-ric|rapid-client/.test(url)) return "runtime";
  if (!url.endsWith("/index.mjs")) return undefined;
  const { source } = originalPositionFor(map, { line: lineNumber + 1, column: columnNumber });
  if (source === null) return "call";
  const project = resolve(import.meta.dirname, "..");
  const file = relative(project, resolve(project, "dist/callback", source));
  return OWN_CODE.test(file) ? "own" : "call";
}
