import type { SendOutput } from "../protocol.ts";
import { get, post } from "./api.ts";

const COMMAND = "C2C.CallbackAfterMsgReport";

/** Sends the documented read report, correctly signed. */
export async function sendReadReport(): Promise<SendOutput> {
  const commands = await get("/api/commands");
  const shape = commands.find(({ command }) => command === COMMAND)?.shapes[0] ?? "";
  const { body } = await get("/api/sample", { command: COMMAND, shape });
  return post("/api/send", { command: COMMAND, body, signing: "correct" });
}
