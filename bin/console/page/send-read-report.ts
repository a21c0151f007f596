import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import type { SendOutput } from "../protocol.ts";
import { get, post } from "./api.ts";

/** Sends the documented read report, correctly signed. */
export async function sendReadReport(): Promise<SendOutput> {
  const { body } = await get("/api/sample", { command: READ_REPORT_COMMAND });
  return post("/api/send", { command: READ_REPORT_COMMAND, body, signing: "correct" });
}
