import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateListStacks,
  type Stack,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";

/** A resource that a stack has or had. */
export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

/**
 * Finds a stack.
 *
 * @param name its name, or its ARN, by which deleted stacks are found as well
 * @returns `undefined` if there is none
 */
export async function findStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return stack;
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/**
 * Finds the stacks with a name and a tag, including those that were deleted in the last 90 days.
 *
 * @param tag the tag's key
 */
export async function findStacks(client: CloudFormationClient, name: string, tag: string): Promise<Stack[]> {
  const found: Stack[] = [];
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
    for (const { StackName, StackId = "" } of StackSummaries) {
      const stack = StackName === name ? await findStack(client, StackId) : undefined;
      if (stack?.Tags?.some(({ Key }) => Key === tag)) found.push(stack);
    }
  }
  return found;
}

/** All events of a stack in the last 90 days, the newest first. */
export async function readStackEvents(client: CloudFormationClient, stackId: string): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  for await (const page of paginateDescribeStackEvents({ client }, { StackName: stackId })) {
    events.push(...(page.StackEvents ?? []));
  }
  return events;
}

/**
 * Lists every resource that a stack ever had, the newest first. Resources that an update or a rollback removed and
 * CloudFormation kept are in no other list.
 */
export function resourcesOf(events: readonly StackEvent[]): StackResource[] {
  const resources = new Map<string, StackResource>();
  for (const { ResourceType = "", LogicalResourceId = "", PhysicalResourceId = "" } of events) {
    if (PhysicalResourceId === "" || ResourceType === "AWS::CloudFormation::Stack") continue;
    const key = `${ResourceType} ${PhysicalResourceId}`;
    if (resources.has(key)) continue;
    resources.set(key, { type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId });
  }
  return [...resources.values()];
}

/**
 * Finds the newest resource of a type whose logical id ends in a name and CDK's hash.
 *
 * @throws {Error} when there is none
 */
export function findResource(resources: readonly StackResource[], type: string, name: string): StackResource {
  const pattern = new RegExp(`${name}[0-9A-F]{8}$`);
  const found = resources.find((resource) => resource.type === type && pattern.test(resource.logicalId));
  if (found === undefined) throw new Error(`The stack has no ${type} whose logical id ends in ${name} and a hash`);
  return found;
}

/** The resource whose failure came first, and the reason; `undefined` if nothing failed. */
export function firstFailure(events: readonly StackEvent[]): StackEvent | undefined {
  return events.findLast(
    ({ ResourceStatus = "", ResourceStatusReason = "" }) =>
      // Resources that were under way when another one failed.
      ResourceStatus.endsWith("_FAILED") && !/cancelled/i.test(ResourceStatusReason),
  );
}
