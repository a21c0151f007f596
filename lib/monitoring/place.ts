import { Names, Stack } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** The id of the construct in `TencentChatEventsStack`, which would say nothing in a name. */
const USUAL_PATH = "ChatEvents";

/** Names of alarms and dashboards may have 255 characters, of which a stack's name takes up to 128. */
const LONGEST_PATH = 70;

/**
 * Where a construct is: the name of its stack, and its path in the stack. It is unique in the account and region, and the same
 * as long as the construct keeps its path.
 */
export function placeOf(construct: IConstruct): string {
  const { stackName, path } = locate(construct);
  return path === undefined ? stackName : `${stackName}/${path}`;
}

/** The name of a construct's dashboard. Dashboards of all regions of an account share one set of names. */
export function dashboardNameOf(construct: IConstruct): string {
  const { stackName, path } = locate(construct);
  const { region } = Stack.of(construct);
  // A stack's name has no underscore, so that names stay unique.
  return path === undefined ? `${stackName}-${region}` : `${stackName}_${path.replace(/[^\w-]/g, "_")}-${region}`;
}

function locate(construct: IConstruct): { readonly stackName: string; readonly path: string | undefined } {
  const { stackName, node } = Stack.of(construct);
  const path = construct.node.path.slice(node.path.length).replace(/^\//, "");
  if (path === USUAL_PATH) return { stackName, path: undefined };
  const isShort = path.length <= LONGEST_PATH;
  return { stackName, path: isShort ? path : Names.uniqueResourceName(construct, { maxLength: LONGEST_PATH }) };
}
