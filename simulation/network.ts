import type { Fault } from "../local/faulty-endpoint.ts";
import { SERVICE_FAULTS } from "../local/service-faults.ts";
import type { VirtualClock } from "./clock.ts";
import { type ExistingHandler, HANDLER_URL } from "./existing-handler.ts";
import type { CallRecord, EnvironmentRecord, History, RelayRecord } from "./history.ts";
import type { ExecutionEnvironment } from "./lambda/environment.ts";
import type { Network, ServiceAnswer, ServiceRequest } from "./lambda/http.ts";
import { findUnderWay, type ServiceFault, type ServiceFaultName, type Target } from "./plan.ts";
import type { Random } from "./random.ts";
import { ServiceError } from "./services/service-error.ts";
import { STARTS_AT } from "./world.ts";

/** A service: carries out an operation of AWS's JSON protocol. */
export type Service = (operation: string, input: Readonly<Record<string, unknown>>) => object;

/** What the network depends on. */
export interface NetworkOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  /** By hostname. */
  readonly services: ReadonlyMap<string, Service>;
  readonly handler: Pick<ExistingHandler, "answer">;
  readonly standbyQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly faults: readonly ServiceFault[];
  recordOf(environment: ExecutionEnvironment): EnvironmentRecord;
}

/** What happens to a call. */
interface Outcome {
  /** How long it takes in addition, in milliseconds. */
  readonly delay: number;
  readonly isCarriedOut: boolean;
  /** What comes back instead of the service's answer. */
  readonly answer: ServiceAnswer | undefined;
}

const AS_IT_SHOULD: Outcome = { delay: 0, isCarriedOut: true, answer: undefined };

/** After how many idle milliseconds a service may close a connection, and does for certain. */
const IDLE_MS = [20_000, 350_000] as const;

/** Connects the functions to the services, and fails calls as the plan says. */
export class SimulatedNetwork implements Network {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  connect(environment: ExecutionEnvironment, host: string): number | "refused" | "never" {
    const { random } = this.#options;
    for (const target of this.#targetsAt(host)) {
      const fault = this.#choose<ServiceFaultName>(target, CONNECTION_FAULTS);
      if (fault === undefined) continue;
      this.#record(environment, target, "").fault = fault;
      return fault === "refuses connections" ? "refused" : "never";
    }
    return random.between(2, 20);
  }

  isStale(_host: string, idleMs: number): boolean {
    const [least, most] = IDLE_MS;
    return idleMs > least && this.#options.random.chance((idleMs - least) / (most - least));
  }

  exchange(environment: ExecutionEnvironment, request: ServiceRequest, respond: (answer: ServiceAnswer) => void): void {
    const { clock, random } = this.#options;
    const operation = operationOf(request);
    const input = isToHandler(request) || operation === "" ? {} : (JSON.parse(request.body) as Record<string, unknown>);
    const target = this.#target(request.host, input);
    const call = this.#record(environment, target, operation, request);
    const name = this.#choose<CallFaultName>(target, CALL_FAULTS, environment, input);
    if (name !== undefined) call.fault = name;
    const outcome = operation === "" && name !== "never answers" ? AS_IT_SHOULD : this.#outcomeOf(name, target);
    if (outcome === "never") return;
    // A service takes a few milliseconds.
    clock.after(outcome.delay + random.between(2, 20), () => {
      const answer = outcome.isCarriedOut ? this.#carryOut(request, operation, input) : undefined;
      const content = outcome.answer ?? answer ?? "reset";
      if ("request" in call) call.answer = { at: clock.now(), content };
      respond(content);
    });
  }

  #outcomeOf(name: CallFaultName | undefined, target: Target): Outcome | "never" {
    const { random } = this.#options;
    if (name === undefined) return AS_IT_SHOULD;
    if (name === "is slow") return { ...AS_IT_SHOULD, delay: random.between(100, 1_500) };
    if (name === "is carried out late") return { ...AS_IT_SHOULD, delay: random.between(300, 30_000) };
    if (name === "gets slower and slower") {
      return { ...AS_IT_SHOULD, delay: Math.floor(this.#progress(target, name) * 1_500) };
    }
    const fault: Fault = name === POISON ? SERVICE_FAULTS["answers 400, invalid"] : SERVICE_FAULTS[name];
    if (fault === "hang") return "never";
    if (fault === "hang-after-headers") return { delay: 0, isCarriedOut: false, answer: "headers-only" };
    if (fault === "reset") return { delay: 0, isCarriedOut: false, answer: "reset" };
    if (fault === "reset-after") return { delay: 0, isCarriedOut: true, answer: "reset" };
    if ("delay" in fault) return { ...AS_IT_SHOULD, delay: fault.delay };
    return { delay: 0, isCarriedOut: false, answer: { statusCode: fault.status, text: fault.body } };
  }

  #carryOut(request: ServiceRequest, operation: string, input: Readonly<Record<string, unknown>>): ServiceAnswer {
    if (isToHandler(request)) return this.#options.handler.answer(request);
    if (operation === "") return { statusCode: 404, text: "" };
    const service = this.#options.services.get(request.host);
    if (service === undefined)
      throw new Error(`the functions call ${request.host}, which the simulation does not have`);
    try {
      return { statusCode: 200, text: JSON.stringify(service(operation, input)) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { statusCode, code, message } = error;
      return { statusCode, text: JSON.stringify({ __type: `com.amazonaws#${code}`, message }) };
    }
  }

  #target(host: string, { QueueUrl }: Readonly<Record<string, unknown>>): Target {
    if (QueueUrl === this.#options.standbyQueueUrl) return "standby";
    if (QueueUrl === this.#options.deadLetterQueueUrl) return "dead letters";
    return this.#targetsAt(host)[0];
  }

  /** What is behind a host. All queues have the same, also the destination unless it is a bus. */
  #targetsAt(host: string): readonly [Target, ...Target[]] {
    if (host.startsWith("secretsmanager.")) return ["secret"];
    if (host.startsWith("events.")) return ["destination"];
    if (host === HANDLER_URL.host) return ["handler"];
    const hasBus = this.#options.services.keys().some((name) => name.startsWith("events."));
    return hasBus ? ["standby", "dead letters"] : ["destination", "standby", "dead letters"];
  }

  #record(
    environment: ExecutionEnvironment,
    target: Target,
    operation: string,
    request?: ServiceRequest,
  ): CallRecord | RelayRecord {
    const { invocations, startCalls } = this.#options.recordOf(environment);
    const invocation = invocations.at(-1);
    const call: CallRecord = { at: this.#options.clock.now(), target, operation, fault: undefined };
    if (target !== "handler") {
      (invocation?.calls ?? startCalls).push(call);
      return call;
    }
    const relay: RelayRecord = { ...call, request };
    (invocation?.relayed ?? startCalls).push(relay);
    return relay;
  }

  /** The fault that hits a call, if any does: the first of those that are under way. */
  #choose<Name extends ServiceFault["name"]>(
    target: Target,
    names: ReadonlySet<string>,
    environment?: ExecutionEnvironment,
    input: Readonly<Record<string, unknown>> = {},
  ): Name | undefined {
    const { random, history, faults } = this.#options;
    const fault = findUnderWay(
      faults,
      this.#time,
      ({ target: hit, name, share, from }) =>
        hit === target &&
        names.has(name) &&
        (name === POISON ? isPoison(input, share) : random.chance(share)) &&
        // Lambda gives credentials to each environment when it starts.
        !(name === "answers 403, credentials expired" && environment && this.#startedAfter(environment, from)),
    );
    if (fault) history.trace?.(`${target}: ${fault.name}`);
    return fault?.name as Name | undefined;
  }

  #startedAfter(environment: ExecutionEnvironment, from: number): boolean {
    return this.#options.recordOf(environment).startedAt > STARTS_AT + from;
  }

  /** How much of a fault is over, from 0 to 1. */
  #progress(target: Target, name: ServiceFaultName): number {
    const isMeant = (fault: ServiceFault) => fault.target === target && fault.name === name;
    const fault = findUnderWay(this.#options.faults, this.#time, isMeant);
    return fault === undefined ? 0 : (this.#time - fault.from) / fault.duration;
  }

  /** The plan's time. */
  get #time(): number {
    return this.#options.clock.now() - STARTS_AT;
  }
}

function isToHandler({ host }: ServiceRequest): boolean {
  return host === HANDLER_URL.host;
}

/** Empty for a request that only opens a connection. */
function operationOf(request: ServiceRequest): string {
  const { method, headers } = request;
  if (isToHandler(request)) return method === "GET" ? "" : method;
  return (headers["x-amz-target"] ?? "").split(".")[1] ?? "";
}

const POISON = "never takes some of the messages" satisfies ServiceFaultName;
type CallFaultName = Exclude<ServiceFaultName, "refuses connections" | "never connects">;
const CONNECTION_FAULTS: ReadonlySet<string> = new Set(["refuses connections", "never connects"]);
const CALL_FAULTS: ReadonlySet<string> = new Set([
  ...Object.keys(SERVICE_FAULTS),
  "is slow",
  "is carried out late",
  "gets slower and slower",
  POISON,
]);

/** Whether a message is one of those that a service never takes: the same ones every time. */
function isPoison(input: Readonly<Record<string, unknown>>, share: number): boolean {
  const [id] = /(?<=deduplicationId\\*":\\*")[0-9a-f]{8}/.exec(JSON.stringify(input)) ?? [];
  return id !== undefined && Number.parseInt(id, 16) < share * 2 ** 32;
}
