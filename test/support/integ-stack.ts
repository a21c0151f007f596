import type { StackEvent } from "@aws-sdk/client-cloudformation";
import { TAG } from "../../bin/integ/stack-props.ts";
import { AwsFailure, type Operation, QUEUES_URL, toXml } from "./aws-services.ts";

/** The ARN of the stack. */
export const STACK_ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/ChatEventsInteg-1/1";

/** CloudFormation's state of the integration test's stack. */
export interface StackState {
  /** Empty if there was never a stack. */
  status: string;
  tags: Readonly<Record<string, string>>;
  outputs: Readonly<Record<string, string>>;
  /** The newest first. */
  events: StackEvent[];
}

/** A stack with some resources. */
export function stackState(changes: Partial<StackState> = {}): StackState {
  return {
    status: "CREATE_COMPLETE",
    tags: { [TAG]: "true" },
    outputs: { CallbackUrl: "http://127.0.0.1:1/callback" },
    events: [],
    ...changes,
  };
}

/** The physical id that a resource has in events: its URL if it is a queue. */
export function physicalId(type: string, logicalId: string): string {
  return type === "AWS::SQS::Queue" ? `${QUEUES_URL}/123456789012/${logicalId}` : `my-${logicalId}`;
}

/** An event of a resource. */
export function stackEvent(
  ResourceType: string,
  LogicalResourceId: string,
  ResourceStatus: NonNullable<StackEvent["ResourceStatus"]> = "CREATE_COMPLETE",
  ResourceStatusReason?: string,
): StackEvent {
  return {
    ...{ StackId: STACK_ID, EventId: "1", StackName: "ChatEventsInteg-1", Timestamp: new Date(0) },
    ...{ ResourceType, LogicalResourceId, PhysicalResourceId: physicalId(ResourceType, LogicalResourceId) },
    ResourceStatus,
    ...(ResourceStatusReason !== undefined && { ResourceStatusReason }),
  };
}

/**
 * CloudFormation's operations on one stack, whose events come on two pages. Its deletion is complete after it has been described once.
 */
export function cloudFormation(state: StackState): Record<string, Operation> {
  return {
    DescribeStacks({ StackName }) {
      // Only the ARN finds a deleted stack.
      const isThere = state.status !== "" && (StackName === STACK_ID || state.status !== "DELETE_COMPLETE");
      if (!isThere) throw new AwsFailure("ValidationError", `Stack with id ${StackName} does not exist`);
      const StackStatus = state.status;
      state.status = StackStatus.replace("DELETE_IN_PROGRESS", "DELETE_COMPLETE");
      const Outputs = Object.entries(state.outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
      const Tags = Object.entries(state.tags).map(([Key, Value]) => ({ Key, Value }));
      return toXml({
        Stacks: [{ StackId: STACK_ID, StackName: "ChatEventsInteg-1", StackStatus, Outputs, Tags }],
      });
    },
    DescribeStackEvents({ NextToken }) {
      if (NextToken === undefined)
        return toXml({ StackEvents: state.events.slice(0, 1).map(toFields), NextToken: "more" });
      return toXml({ StackEvents: state.events.slice(1).map(toFields) });
    },
    ListStacks() {
      const stacks = state.status === "" ? [] : [STACK_ID];
      const other = { StackId: "arn:other", StackName: "Production", StackStatus: "CREATE_COMPLETE" };
      const own = stacks.map((StackId) => ({
        StackId,
        StackName: "ChatEventsInteg-1",
        StackStatus: state.status,
      }));
      return toXml({ StackSummaries: [other, ...own] });
    },
    DeleteStack() {
      state.status = "DELETE_IN_PROGRESS";
      return "";
    },
  };
}

function toFields({ Timestamp, ...event }: StackEvent): Record<string, unknown> {
  return { ...event, Timestamp: Timestamp?.toISOString() };
}
