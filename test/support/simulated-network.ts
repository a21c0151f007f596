import { HANDLER_URL } from "../../simulation/existing-handler.ts";
import type { EnvironmentRecord } from "../../simulation/history.ts";
import { ExecutionEnvironment } from "../../simulation/lambda/environment.ts";
import type { ServiceAnswer } from "../../simulation/lambda/http.ts";
import { type Service, SimulatedNetwork } from "../../simulation/network.ts";
import type { ServiceFault, ServiceFaultName, Target } from "../../simulation/plan.ts";
import { bundleOf, createWorld } from "./simulated-world.ts";

/** The hosts that the functions call. */
export const SQS = "sqs.us-east-1.amazonaws.com";
export const EVENTS = "events.us-east-1.amazonaws.com";
export const SECRETS = "secretsmanager.us-east-1.amazonaws.com";
export const HANDLER = HANDLER_URL.host;
/** A day in milliseconds. */
export const DAY = 86_400_000;
const SEND = "AmazonSQS.SendMessage";

/** A fault that lasts all day. */
export const fault = (name: ServiceFaultName, target: Target = "destination", share = 1): ServiceFault => {
  return { target, name, share, from: 0, duration: DAY };
};

/** A request. */
interface Call {
  readonly host?: string;
  readonly method?: string;
  readonly target?: string;
  readonly input?: object;
  readonly environment?: ExecutionEnvironment;
}

/** Environments that call services, which all answer `{"done":true}`. */
export function createNetwork(
  faults: readonly ServiceFault[],
  { hasBus = false, service = (() => ({ done: true })) as Service } = {},
) {
  const world = createWorld();
  const { clock } = world;
  let carriedOut = 0;
  const counted: Service = (operation, input) => {
    carriedOut += 1;
    return service(operation, input);
  };
  const records = new Map<ExecutionEnvironment, EnvironmentRecord>();
  const network = new SimulatedNetwork({
    ...{ ...world, faults, standbyQueueUrl: "standby", deadLetterQueueUrl: "dead letters" },
    services: new Map([SQS, SECRETS, ...(hasBus ? [EVENTS] : [])].map((host) => [host, counted])),
    handler: { answer: () => ({ statusCode: 200, text: JSON.stringify(counted("POST", {})) }) },
    recordOf: (environment) => records.get(environment) as EnvironmentRecord,
  });
  const start = () => {
    const environment = new ExecutionEnvironment(
      {
        bundle: bundleOf("const handler = 1"),
        variables: {},
        clockError: () => 0,
        freezesClock: false,
        onLine: () => {},
      },
      { ...world, network },
    );
    const record: EnvironmentRecord = {
      ...{ id: 1, functionName: "callback", startedAt: clock.now(), isMisconfigured: false, variables: {} },
      ...{ lines: [], invocations: [], startCalls: [] },
    };
    records.set(environment, record);
    return { environment, record, calls: record.startCalls };
  };
  const first = start();
  /** Makes a call. It resolves to the answer and how long it took, or to nothing after a minute. */
  const call = async ({ host = SQS, method = "POST", ...options }: Call = {}) => {
    const { target = SEND, input = {}, environment = first.environment } = options;
    const before = clock.now();
    const headers = target === "" ? {} : { "x-amz-target": target };
    const request = { host, method, path: "/", headers, body: JSON.stringify(input), isReused: false };
    const answered = new Promise<ServiceAnswer>((resolve) => network.exchange(environment, request, resolve));
    const answer = await clock.runUntil(clock.within(60_000, answered));
    return { answer, duration: clock.now() - before };
  };
  const passTo = (time: number) => clock.runUntil(clock.sleep(time));
  return { ...{ network, start, call, passTo }, ...first, carriedOut: () => carriedOut };
}

/** An invocation that has just begun. */
export const INVOCATION = { startedAt: 0, calls: [], relayed: [], logBytes: 0, leftPending: 0 };
