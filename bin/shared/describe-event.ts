import type { ChatEvent } from "../../events/chat-event.ts";
import { COMMAND_NAME, orderingUnit, READ_REPORT_COMMAND } from "../../tencent/commands.ts";

/** Describes an event in a few words, on one line whatever its sender wrote. */
export function describeEvent(event: ChatEvent): string {
  if (event["detail-type"] === READ_REPORT_COMMAND) {
    const { Report_Account, Peer_Account, LastReadTime } = event.detail.data;
    const upTo = new Date(LastReadTime * 1000);
    // Tencent's seconds may exceed the range of a date.
    const upToText = Number.isNaN(upTo.getTime()) ? `${LastReadTime} s` : upTo.toISOString();
    return `${JSON.stringify(Report_Account)} read what ${JSON.stringify(Peer_Account)} wrote up to ${upToText}`;
  }
  const type: string = event["detail-type"];
  const [unit, ...names] = orderingUnit(type, event.detail.data) ?? [];
  const command = COMMAND_NAME.test(type) ? type : JSON.stringify(type);
  return unit === undefined || unit === "command"
    ? command
    : `${command} of ${unit} ${names.map((name) => JSON.stringify(name)).join(", ")}`;
}
