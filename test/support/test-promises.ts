import { expect, test } from "vitest";
import type { Plan } from "../../simulation/plan.ts";
import { FabricatedHistory } from "./fabricated-history.ts";

/** Makes up a history. */
type Fabricate = (history: FabricatedHistory) => unknown;

/** A promise with histories that break it, and that keep it by as little as possible; each by what happens. */
export interface Case {
  readonly promise: string;
  readonly plan?: Partial<Plan>;
  readonly broken: Readonly<Record<string, Fabricate>>;
  readonly kept: Readonly<Record<string, Fabricate>>;
}

/** Defines a test for each history. */
export function testPromises(cases: readonly Case[]): void {
  const histories = (side: "broken" | "kept") =>
    cases.flatMap(({ promise, plan, [side]: all }) =>
      Object.entries(all).map(([happening, fabricate]) => ({ promise, plan, happening, fabricate })),
    );
  test.each(histories("broken"))("$promise: broken if $happening", ({ promise, plan, fabricate }) => {
    const history = new FabricatedHistory(plan);
    fabricate(history);
    expect(history.broken()).toEqual([promise]);
  });

  test.each(histories("kept"))("$promise: kept if $happening", ({ promise, plan, fabricate }) => {
    const history = new FabricatedHistory(plan);
    fabricate(history);
    expect(history.broken()).toEqual([]);
    expect(history.checks(promise)).toBeGreaterThan(0);
  });
}
