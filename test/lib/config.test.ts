import { describe, expect, test } from "vitest";
import { readConfig } from "../../lib/config.ts";
import { Destination } from "../../lib/destination.ts";

describe("The configuration", () => {
  test("needs the SDKAppID alone", () => {
    expect(readConfig({ sdkAppId: "1400000001" })).toEqual({
      sdkAppId: "1400000001",
      destination: expect.any(Destination),
    });
  });

  test("may come as text from the command line or as JSON from cdk.json", () => {
    const meant = { sdkAppId: "20000001", clockSkewSeconds: 300, acceptUnauthenticated: true };
    expect(readConfig({ sdkAppId: "20000001", clockSkewSeconds: "300", acceptUnauthenticated: "true" })).toMatchObject(
      meant,
    );
    expect(readConfig({ sdkAppId: 20000001, clockSkewSeconds: 300, acceptUnauthenticated: true })).toMatchObject(meant);
  });

  test("splits the list of source addresses", () => {
    expect(readConfig({ sdkAppId: "1", allowedSourceCidrs: "203.0.113.0/24, 2001:db8::/32" })).toMatchObject({
      allowedSourceCidrs: ["203.0.113.0/24", "2001:db8::/32"],
    });
  });

  test.each([
    [{}, "sdkAppId is missing: set it with -c sdkAppId=VALUE"],
    [{ sdkAppId: "" }, 'sdkAppId is "": expected the Chat app\'s SDKAppID, a number such as 1400000001'],
    [{ sdkAppId: "app" }, 'sdkAppId is "app": expected the Chat app\'s SDKAppID'],
    [{ queueType: "lifo" }, 'queueType is "lifo": expected fifo or standard'],
    [{ destination: "topic" }, 'destination is "topic": expected queue or bus'],
    [
      { destination: "bus", queueType: "fifo" },
      'queueType is "fifo": leave it out with a bus, whose queue is a standard one',
    ],
    [{ authentication: "basic" }, 'authentication is "basic": expected token or none'],
    [{ clockSkewSeconds: "1.5" }, 'clockSkewSeconds is "1.5": expected a whole number of seconds, such as 60'],
    [{ clockSkewSeconds: "-1" }, 'clockSkewSeconds is "-1": expected a whole number of seconds'],
    [{ allowedSourceCidrs: "all" }, "allowedSourceCidrs is \"all\": 'all' is neither an address nor a CIDR"],
    [{ allowedSourceCidrs: ["::1"] }, 'allowedSourceCidrs is ["::1"]: expected one value, not a list or an object'],
    [{ clockskewSeconds: 30 }, "clockskewSeconds is not a setting: the settings are sdkAppId, destination, queueType,"],
    [{ acceptUnauthenticated: "yes" }, 'acceptUnauthenticated is "yes": expected true or false'],
  ])("%j is refused: key, value and what is expected", (values, message) => {
    const complete = "sdkAppId" in values || Object.keys(values).length === 0 ? values : { sdkAppId: "1", ...values };
    expect(() => readConfig(complete)).toThrow(message);
  });

  test("is refused with all its problems at once", () => {
    expect(() => readConfig({ queueType: "lifo", authentication: "basic" })).toThrow(
      "The configuration is wrong:\n" +
        "  sdkAppId is missing: set it with -c sdkAppId=VALUE\n" +
        '  queueType is "lifo": expected fifo or standard\n' +
        '  authentication is "basic": expected token or none',
    );
  });
});
