import { Stack } from "aws-cdk-lib";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { expect, test } from "vitest";
import { type CallbackDomain, Endpoint } from "../../lib/endpoint.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp } from "../support/stack.ts";

const DOMAIN = { domainName: "callbacks.example.com", certificateArn: "arn:aws:acm:eu-central-1:1:certificate/a" };

/** The URLs of an endpoint, with CloudFormation's references in them. */
function urls(domain?: CallbackDomain) {
  const stack = new Stack(newApp(), "Stack");
  const handler = LambdaFunction.fromFunctionArn(stack, "Handler", "arn:aws:lambda:eu-central-1:1:function:handler");
  const { callbackUrl, apiUrl } = new Endpoint(stack, "Endpoint", {
    sdkAppId: SDK_APP_ID,
    throttle: { rateLimit: 1, burstLimit: 1 },
    hasMetrics: true,
    domain,
    logRetention: RetentionDays.TWO_WEEKS,
    handler,
  });
  return stack.resolve({ callbackUrl, apiUrl });
}

test("The endpoint's URLs are the same without a domain, and API Gateway's own stays with one", () => {
  const { callbackUrl, apiUrl } = urls();
  expect(callbackUrl).toEqual(apiUrl);
  expect(JSON.stringify(apiUrl)).toMatch(/Endpoint.*Api.*ApiEndpoint.*\/callback/);
  expect(urls(DOMAIN)).toEqual({ callbackUrl: "https://callbacks.example.com/callback", apiUrl });
});
