import { expect, test } from "vitest";
import { Template } from "../../local/template.ts";

const template = new Template({
  Resources: {
    Queue: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
    Other: { Type: "AWS::SNS::Topic" },
  },
  Mappings: { Consoles: { "us-east-1": { Domain: "example.com" } } },
  Outputs: { QueueUrl: { Value: { Ref: "Queue" } } },
});
template.bind("Queue", { ref: "http://queue", attributes: { Arn: "arn:queue" } });

test("Resources are found by type", () => {
  expect(template.ofType("AWS::SQS::Queue")).toEqual([{ logicalId: "Queue", properties: { FifoQueue: true } }]);
});

test.each([
  [{ a: [{ Ref: "Queue" }, "text", 5, null] }, { a: ["http://queue", "text", 5, null] }],
  [{ "Fn::GetAtt": ["Queue", "Arn"] }, "arn:queue"],
  [{ "Fn::FindInMap": ["Consoles", { Ref: "AWS::Region" }, "Domain"] }, "example.com"],
  [{ "Fn::Join": ["/", ["a", { Ref: "AWS::Region" }, { Ref: "Queue" }]] }, "a/us-east-1/http://queue"],
])("%j resolves to %j", (value, expected) => {
  expect(template.resolve(value)).toEqual(expected);
});

test("Outputs are resolved", () => {
  expect(template.outputs()).toEqual({ QueueUrl: "http://queue" });
});

test.each([
  [{ Ref: "Other" }, "The local system does not run the resource Other"],
  [{ "Fn::GetAtt": ["Queue", "Color"] }, "The local system does not know the attribute Queue.Color"],
  [{ "Fn::FindInMap": ["Consoles", "aws", "Domain"] }, "The template's mapping Consoles has no aws, Domain"],
  [{ "Fn::Select": [0, []] }, "The local system does not know CloudFormation's Fn::Select"],
])("%j is refused by name", (value, message) => {
  expect(() => template.resolve(value)).toThrow(message);
});
