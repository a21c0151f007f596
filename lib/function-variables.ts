import { Fn } from "aws-cdk-lib";
import type { CheckDeploymentVariables, EnvironmentVariables } from "../functions/environment.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/** The properties as the functions' variables; a default that the functions have themselves is left to them. */
export function settingsVariables(
  props: TencentChatEventsProps,
): Omit<EnvironmentVariables, "QUEUE_URL" | "EVENT_BUS_NAME" | "STANDBY_QUEUE_URL" | "TOKEN_SECRET_ARN"> {
  const { authentication = "token", clockSkewSeconds, forward = [], tokenOverlap, includeClientIp, logEvents } = props;
  return {
    ...sourceVariables(props),
    AUTHENTICATION: authentication,
    ...(clockSkewSeconds !== undefined && { CLOCK_SKEW_SECONDS: String(clockSkewSeconds) }),
    ...(forward.length > 0 && { FORWARD: forward.join(",") }),
    ...(tokenOverlap && { TOKEN_OVERLAP_SECONDS: String(tokenOverlap.toSeconds()) }),
    ...(includeClientIp === false && { INCLUDE_CLIENT_IP: "false" }),
    ...(logEvents && { LOG_EVENTS: "true" }),
  };
}

/** Whose callbacks are taken: what the function that checks new versions has to know, too. */
export function sourceVariables({
  sdkAppId,
  allowedSourceCidrs,
}: TencentChatEventsProps): Pick<CheckDeploymentVariables, "SDK_APP_ID" | "ALLOWED_SOURCE_CIDRS"> {
  return {
    SDK_APP_ID: sdkAppId,
    ...(allowedSourceCidrs && { ALLOWED_SOURCE_CIDRS: Fn.join(",", [...allowedSourceCidrs]) }),
  };
}
