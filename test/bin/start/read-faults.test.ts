import { describe, expect, test } from "vitest";
import { readFaults } from "../../../bin/start/read-faults.ts";

describe("--break", () => {
  test.each([
    [undefined, []],
    ["destination=hang", [{ part: "destination", mode: "hang", calls: undefined }]],
    [
      "standby=lose-answer:20, function=kill",
      [
        { part: "standby", mode: "lose-answer", calls: 20 },
        { part: "function", mode: "kill", calls: undefined },
      ],
    ],
    ["handler=refuse", [{ part: "handler", mode: "refuse", calls: undefined }]],
  ])("%s breaks %j", (list, faults) => {
    expect(readFaults(list, "http://127.0.0.1:3000/")).toEqual(faults);
  });

  test.each([
    ["", "--break is '': expected part=mode, such as destination=hang or standby=fail:20"],
    ["destination", "--break is 'destination': expected part=mode, such as destination=hang or standby=fail:20"],
    [
      "destnation=hang",
      "--break: 'destnation' is not a part: did you mean destination? Expected one of destination, standby, secrets, function, handler",
    ],
    [
      "secrets=hung",
      "--break: 'secrets' has no mode 'hung': did you mean hang? Expected one of slow, hang, refuse, throttle, fail, nonsense, lose-answer",
    ],
    ["function=slow", "--break: 'function' has no mode 'slow'. Expected one of kill"],
    [
      "handler=throttle",
      "--break: 'handler' has no mode 'throttle'. Expected one of slow, hang, refuse, fail, nonsense, lose-answer",
    ],
    ["standby=hang,handler=hang", "--break: there is no existing handler to break: add --relay URL"],
    ["standby=fail:0", "--break is 'standby=fail:0': expected a number of calls after the colon, from 1 to 999999"],
  ])("%j is refused: %s", (list, message) => {
    expect(() => readFaults(list)).toThrow(message);
  });
});
