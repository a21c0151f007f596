import type { EventCarrier } from "../../events/parse-chat-event.ts";
import type { Answer, Deviation } from "../shared/send-probe.ts";
import type { Usage } from "./bill.ts";

/** Settings of the stack, by their keys on the command line. */
export type Settings = Readonly<Record<string, string>>;

/**
 * A fault that a deployment contains on purpose, to see it rejected:
 *
 * - `no-handler`: a version of the callback function that fails at every invocation, which the check before the canary notices
 * - `no-destination`: a version that passes the check, but whose destination does not exist
 * - `failing-update`: a resource that fails once callbacks have moved to the new version
 */
export type Flaw = "no-handler" | "no-destination" | "failing-update";

/** How a deployment ended. */
export interface Deployment {
  /** `stuck`: neither deployed nor rolled back, so that the next deployment fails as well. */
  readonly outcome: "deployed" | "rolled back" | "stuck";
  /** The type of the resource that failed first, such as `AWS::Lambda::Alias`; empty if none did. */
  readonly failedType: string;
  /** CloudFormation's reason for that failure; empty if there was none. */
  readonly reason: string;
}

/** An alarm of the stack. */
export interface AlarmState {
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly description: string;
}

/** Messages that were received from one queue. */
export interface Batch {
  /** The queue's URL. */
  readonly queueUrl: string;
  readonly messages: readonly EventCarrier[];
}

/**
 * An account that contains the integration test's stack: the real one (`aws/aws-account.ts`), or a local stand-in in tests.
 */
export interface Account {
  /** Unix milliseconds. */
  now(): number;
  /** @throws {Error} when the run is interrupted */
  wait(milliseconds: number): Promise<void>;
  /** Deploys the stack, or updates it, and waits for the end. */
  deploy(settings: Settings, flaw?: Flaw): Promise<Deployment>;
  /**
   * Ends a rollback that failed, and skips what still can't be rolled back: until then, no deployment starts.
   *
   * @returns whether there was one
   */
  rollBack(): Promise<boolean>;
  /** Posts a callback to the stack's callback URL. */
  post(deviation: Deviation): Promise<Answer>;
  /** Receives and deletes the visible messages of every queue that consumers read from, or read from before a deployment. */
  receive(): Promise<readonly Batch[]>;
  /** How many messages are on the standby queue, hidden ones included: approximately, as SQS counts. */
  countStandby(): Promise<number>;
  /** Denies everybody access to the queue that events are published to. */
  denyDestination(): Promise<void>;
  /** Undoes {@link denyDestination}. */
  restoreDestination(): Promise<void>;
  /** The current token. */
  token(): Promise<string>;
  /** Stores a new token; the current one becomes the previous one. */
  putToken(token: string): Promise<void>;
  /** @param id the end of the alarm's construct id, such as `StandbyInUse` */
  alarm(id: string): Promise<AlarmState>;
  /** Points the alias at the version before the current one, behind CloudFormation's back. */
  moveAlias(): Promise<void>;
  /**
   * Deletes the stack, and everything it ever created that CloudFormation keeps.
   *
   * @returns what could not be deleted, and why
   */
  destroy(): Promise<readonly string[]>;
  /** The billable units used so far. */
  usage(): Usage;
}
