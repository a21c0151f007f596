import { expect, test } from "vitest";
import { regionalEndpoint } from "../../../functions/aws/regional-endpoint.ts";

test.each([
  ["events", "ap-southeast-1", "https://events.ap-southeast-1.amazonaws.com"],
  ["secretsmanager", "us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com"],
  ["events", "cn-north-1", "https://events.cn-north-1.amazonaws.com.cn"],
])("%s in %s is reached at %s", (service, region, url) => {
  expect(regionalEndpoint(service, region)).toBe(url);
});
