import { Fn } from "aws-cdk-lib";
import type { FunctionSettingVariables } from "../functions/settings.ts";
import { isDuration } from "./kinds.ts";
import { SETTINGS } from "./settings.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/**
 * Formats settings as environment variables. It omits settings that are missing, flags at their default, and empty lists: the
 * functions apply the defaults.
 */
export function toVariables(settings: Partial<TencentChatEventsProps>): FunctionSettingVariables {
  const variables = Object.entries(SETTINGS).flatMap(([name, { variable, default: fallback }]) => {
    const value: unknown = settings[name as keyof TencentChatEventsProps];
    if (variable === undefined || value === undefined) return [];
    if (Array.isArray(value) ? value.length === 0 : typeof value === "boolean" && value === fallback) return [];
    return [[variable, toText(value)]];
  });
  return Object.fromEntries(variables);
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return Fn.join(",", value);
  return String(isDuration(value) ? value.toSeconds() : value);
}
