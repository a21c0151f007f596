import { describe, expect, test } from "vitest";
import { AwsError, errorFromResponse } from "../../../functions/aws/aws-error.ts";

describe("A failed call is retryable", () => {
  test.each([
    "BandwidthLimitExceeded",
    "InternalException",
    "InternalFailure",
    "InternalServiceError",
    "KmsThrottled",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
  ])("if AWS calls it %s", (code) => {
    expect(new AwsError(code, "").retryable).toBe(true);
    expect(errorFromResponse("SendMessage", 400, { __type: `com.amazonaws.sqs#${code}` }).retryable).toBe(true);
  });

  test.each([429, 500, 502, 503, 504])("if its status is %i, whatever its name", (statusCode) => {
    expect(errorFromResponse("SendMessage", statusCode, { __type: "Anything" }).retryable).toBe(true);
    expect(errorFromResponse("SendMessage", statusCode, undefined).retryable).toBe(true);
  });
});

describe("A failed call is not retryable", () => {
  test.each([
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidMessageContents",
    "KmsAccessDenied",
    "MalformedDetail",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
  ])("if AWS calls it %s", (code) => {
    expect(new AwsError(code, "").retryable).toBe(false);
    expect(errorFromResponse("SendMessage", 400, { __type: code }).retryable).toBe(false);
  });

  test.each([400, 403, 404])("if it has the status %i and no name", (statusCode) => {
    expect(errorFromResponse("SendMessage", statusCode, undefined)).toMatchObject({
      retryable: false,
      code: `Http${statusCode}`,
    });
  });
});
