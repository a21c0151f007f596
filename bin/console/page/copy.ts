import type { CallbackDetail, SystemState } from "../protocol.ts";

/** Placeholder. */
export function asCurl(callback: CallbackDetail, system: SystemState): string {
  return `curl ${system.callbackUrl} # ${callback.id}`;
}

/** Placeholder. */
export function asSend(callback: CallbackDetail): string {
  return `npm run send -- --command ${callback.command}`;
}

/** Placeholder. */
export function asFixture(callback: CallbackDetail): string {
  return callback.body;
}
