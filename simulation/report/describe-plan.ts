import { count } from "../../bin/shared/count.ts";
import type { Plan } from "../plan.ts";
import { formatTime } from "./format-time.ts";

/** Describes a plan in a list: first what is so all the time, then what happens when. */
export function describePlan(plan: Plan): string[] {
  const { flows, attacks, serviceFaults, lambdaFaults, operator, consumer } = plan;
  const weights = flows.reduce((sum, { weight }) => sum + weight, 0);
  const happenings = [
    ...flows.map(({ from, duration, kind, weight, conversations, longestDelay }) => {
      const callbacks = count(Math.ceil((plan.callbacks * weight) / weights), "callback");
      const parties = `between ${count(conversations, "pair")} of users`;
      const text = `Tencent sends ${callbacks}, ${parties}, that travel for up to ${seconds(longestDelay)}: ${kind}`;
      return { from, duration, text };
    }),
    ...attacks.map(({ from, duration, kind, requests }) => {
      return { from, duration, text: `an attacker sends ${count(requests, "request")}: ${kind}` };
    }),
    ...serviceFaults.map(({ from, duration, target, name, share }) => {
      return { from, duration, text: `${target}: ${name}, ${percent(share)} of calls` };
    }),
    ...lambdaFaults.map(({ from, duration, name, share }) => {
      return { from, duration, text: `Lambda: ${name}, ${percent(share)} of invocations` };
    }),
    ...operator.map(({ at, pause, kind }) => ({ from: at, duration: pause, text: `the operator ${kind}` })),
  ];
  happenings.sort((one, other) => one.from - other.from);
  return [
    `destination: ${DESTINATIONS[plan.destination]}`,
    `callbacks that an existing handler gets: ${plan.relayed}`,
    `clocks of Tencent's servers: ${plan.edges.map((error) => `${error < 0 ? "" : "+"}${seconds(error)}`).join(", ")}`,
    `callbacks that time out: ${plan.repeatsOnTimeout ? "sent again once" : "not sent again"}`,
    `consumer: ${seconds(consumer.duration)} for a batch, fails for ${percent(consumer.failing)} of messages, ` +
      `never processes ${percent(consumer.poison)}`,
    ...happenings.map(({ from, duration, text }) => `${formatTime(from)} for ${formatTime(duration)}  ${text}`),
  ];
}

/** The destinations, in words. */
export const DESTINATIONS: Readonly<Record<Plan["destination"], string>> = {
  fifo: "FIFO queue",
  standard: "standard queue",
  bus: "event bus",
};

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

function percent(share: number): string {
  return `${share * 100} %`;
}
