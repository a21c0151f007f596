import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { refreshTimes } from "../../shared/fresh-times.ts";
import type { SendOutput } from "../protocol.ts";
import { get, post } from "./api.ts";
import { nextTime } from "./next-time.ts";

/** Sends the documented read report, correctly signed. */
export async function sendReadReport(): Promise<SendOutput> {
  const { body: sample } = await get("/api/sample", { command: READ_REPORT_COMMAND });
  const body = refreshTimes(sample, sample, nextTime());
  return post("/api/send", { command: READ_REPORT_COMMAND, body, signing: "correct" });
}
