import { count } from "../shared/count.ts";
import type { Answer, Deviation } from "../shared/send-probe.ts";
import type { Account, Deployment, Flaw, Settings } from "./account.ts";
import { Ledger, type Report } from "./ledger.ts";

/** Thrown by a step whose promise is broken; the message is the observation. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** A second and a minute in milliseconds. */
const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

/** The pause between two callbacks that flow during a deployment: a tenth of 2 a second is 12 a minute for the canary. */
const PAUSE_BETWEEN_CALLBACKS = 0.5 * SECOND;
/** The pause between two reads of a state that changes within minutes. */
const POLL_INTERVAL = 5 * SECOND;
/** How long an event may take if nothing fails. */
export const DELIVERY = 2 * MINUTE;

/** How long an event that must not exist may take to arrive: longer than one that does. */
const STRANGERS_ARRIVE = 30 * SECOND;

/** The answers to the callbacks that flowed while something else happened, and its result. */
export interface Flow<Result> {
  readonly result: Result;
  readonly answers: readonly Answer[];
}

/** The state that one step leaves to the next: the deployed settings, the token in the console, the events that are still missing. */
export class Run {
  readonly account: Account;
  readonly ledger = new Ledger();
  /** The token that the Chat console signs with. */
  token: string | undefined;
  readonly #sources = new Set<string>();
  /** The settings of the last deployment that succeeded. */
  #settings: Settings = {};
  /** The settings of the deployment that succeeded before that. */
  #previous: Settings = {};
  /** The settings of the last deployment, whether or not it succeeded. */
  #attempt: Settings = {};
  #revision = 60;
  /** Whether the last deployment was neither completed nor rolled back. */
  #isStuck = false;

  constructor(account: Account) {
    this.account = account;
  }

  /**
   * Deploys the settings of the last deployment that succeeded, with some changes, and always with a new version of the
   * callback function.
   */
  async deploy(changes: Settings = {}, flaw?: Flaw): Promise<Deployment> {
    await this.#recover();
    this.#attempt = { ...this.#nextVersion(), ...changes };
    return this.#deploy(flaw);
  }

  /** Deploys exactly the settings of the last deployment again, without a flaw. */
  async retry(): Promise<Deployment> {
    const attempt = this.#attempt;
    await this.#recover();
    this.#attempt = attempt;
    return this.#deploy();
  }

  /** Deploys the settings before those of the last deployment that succeeded, all at once. */
  async goBack(): Promise<Deployment> {
    await this.#recover();
    this.#attempt = { ...this.#previous, deployment: "forced" };
    return this.#deploy();
  }

  #nextVersion(): Settings {
    this.#revision += 1;
    // The one setting that changes the function and nothing that this test observes.
    return { ...this.#settings, clockSkewSeconds: String(this.#revision) };
  }

  /** Ends a rollback that failed, as the runbook says, so that the next step fails only for its own. */
  async #recover(): Promise<void> {
    if (!this.#isStuck || !(await this.account.rollBack())) return;
    // The alias may have been skipped, and be at another version than CloudFormation believes.
    this.#attempt = { ...this.#nextVersion(), deployment: "forced" };
    await this.#deploy();
  }

  async #deploy(flaw?: Flaw): Promise<Deployment> {
    const deployment = await this.account.deploy(this.#attempt, flaw);
    this.#isStuck = deployment.outcome === "stuck";
    // Each deployment chooses its strategy anew.
    const { ["deployment"]: _strategy, ...kept } = this.#attempt;
    if (deployment.outcome === "deployed") [this.#previous, this.#settings] = [this.#settings, kept];
    return deployment;
  }

  /** Posts a new callback as the Chat console would. */
  async send(): Promise<{ readonly report: Report; readonly answer: Answer }> {
    const report = this.ledger.createReport(this.account.now());
    const answer = await this.post({ body: report });
    if (answer.isOk) this.ledger.accept(report);
    return { report, answer };
  }

  /** Posts anything, signed with the console's token unless stated otherwise. */
  post(deviation: Deviation): Promise<Answer> {
    return this.account.post({ token: this.token, ...deviation });
  }

  /** Sends callbacks until a task is done, and at least one before and one after it. */
  async whileCallbacksFlow<Result>(task: () => Promise<Result>): Promise<Flow<Result>> {
    const answers = [(await this.send()).answer];
    let isDone = false;
    const flow = async () => {
      do {
        await this.account.wait(PAUSE_BETWEEN_CALLBACKS);
        answers.push((await this.send()).answer);
      } while (!isDone);
    };
    const flowing = flow();
    // Waits for both, so that no callback is under way when the next step begins.
    const [outcome] = await Promise.allSettled([
      task().finally(() => {
        isDone = true;
      }),
      flowing,
    ]);
    await flowing;
    if (outcome.status === "rejected") throw outcome.reason;
    return { result: outcome.value, answers };
  }

  /**
   * Waits until a condition holds.
   *
   * @returns how many milliseconds that took; `undefined` if it still does not hold after `limit` milliseconds
   */
  async until(limit: number, condition: () => Promise<boolean>): Promise<number | undefined> {
    const start = this.account.now();
    while (!(await condition())) {
      if (this.account.now() - start >= limit) return undefined;
      await this.account.wait(POLL_INTERVAL);
    }
    return this.account.now() - start;
  }

  /**
   * Receives events until every accepted callback has one.
   *
   * @param limit how long they may take, in milliseconds
   * @returns how many queues events came from during this step
   * @throws {BrokenPromise} naming events that are missing, differ from their callbacks, or were never sent
   */
  async expectEvents(limit = DELIVERY): Promise<number> {
    await this.until(limit, async () => {
      await this.#receive();
      return this.ledger.missing === 0;
    });
    const problem = this.ledger.problem();
    if (problem !== undefined) throw new BrokenPromise(problem);
    return this.#sources.size;
  }

  /**
   * Receives events for a while, although none is missing: one that must not exist could still arrive.
   *
   * @throws {BrokenPromise} naming events that differ from their callbacks, or were never sent
   */
  async expectNoStrangers(): Promise<void> {
    await this.until(STRANGERS_ARRIVE, async () => {
      await this.#receive();
      return false;
    });
    await this.expectEvents(0);
  }

  async #receive(): Promise<void> {
    for (const { queueUrl, messages } of await this.account.receive()) {
      if (messages.length > 0) this.#sources.add(queueUrl);
      this.ledger.receive(messages);
    }
  }

  /**
   * Ends a step.
   *
   * @param isKept whether its promise was kept. If so, the next step waits for the events that are still missing; if not, they
   *   have been reported, and the next step must fail only for its own
   */
  endStep(isKept: boolean): void {
    this.#sources.clear();
    if (!isKept) this.ledger.settle();
  }
}

/**
 * Checks that every callback was answered OK.
 *
 * @throws {BrokenPromise}
 */
export function expectAllAccepted(answers: readonly Answer[]): void {
  const refused = answers.filter(({ isOk }) => !isOk);
  const [first] = refused;
  if (first === undefined) return;
  throw new BrokenPromise(
    `${refused.length} of ${count(answers.length, "callback")} not accepted; the first ${first.summary}`,
  );
}

/** Throws a {@link BrokenPromise} with an observation unless a condition holds. */
export function expect(condition: boolean, observation: string): asserts condition {
  if (!condition) throw new BrokenPromise(observation);
}

/** Milliseconds in words: `40 s`, `3.5 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / SECOND);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 6) / 10} min`;
}
