import type { CloudFormationTemplate } from "./cloudformation-template.ts";

/** Pseudo parameters at their longest. No region has all of these: ARNs are longest in GovCloud, URLs in China. */
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": "123456789012",
  "AWS::Partition": "aws-us-gov",
  "AWS::Region": "cn-northwest-1",
  "AWS::StackId": `arn:aws-us-gov:cloudformation:cn-northwest-1:123456789012:stack/${"s".repeat(128)}/${"0".repeat(36)}`,
  // The longest that CloudFormation accepts (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html).
  "AWS::StackName": "s".repeat(128),
  "AWS::URLSuffix": "amazonaws.com.cn",
};

/** The longest names of types that have short ones. CloudFormation cuts the names it generates to fit. */
const LONGEST_NAMES: Readonly<Record<string, number>> = {
  "AWS::Events::Rule": 64,
  "AWS::IAM::Role": 64,
  "AWS::Lambda::Function": 64,
  // A function's name, and the number or name after it.
  "AWS::Lambda::Alias": 80,
  "AWS::Lambda::Version": 80,
  "AWS::SQS::Queue": 80,
};

/** The types whose `Ref` is their ARN. A queue's is its URL; that of the others is their name or something shorter. */
const REF_IS_ARN = new Set([
  "AWS::Lambda::Alias",
  "AWS::Lambda::Version",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Topic",
]);

/**
 * Fills in what CloudFormation fills in at deployment, such as names and ARNs, at least as long as they can become.
 *
 * @param value a value of the template
 * @param template the template
 * @returns the value without intrinsic functions
 * @throws {Error} if the value uses an intrinsic function that this file does not implement, or a resource that does not exist
 */
export function deployedValue(value: unknown, template: CloudFormationTemplate): unknown {
  if (Array.isArray(value)) return value.map((item) => deployedValue(item, template));
  if (typeof value !== "object" || value === null) return value;
  const [[key, argument] = [], ...others] = Object.entries(value);
  if (others.length === 0 && key !== undefined && (key === "Ref" || key.startsWith("Fn::"))) {
    return intrinsic(key, argument, template);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deployedValue(item, template)]));
}

function intrinsic(name: string, argument: unknown, template: CloudFormationTemplate): unknown {
  const values = () => deployedValue(argument, template) as [unknown, unknown];
  switch (name) {
    case "Ref":
      return ref(String(argument), template);
    case "Fn::GetAtt":
      return attribute(argument as [string, string], template);
    case "Fn::GetStackOutput":
      // Another stack's queue, bus or key: 256 characters are the longest name among them.
      return pseudoArn("events", `event-bus/${"b".repeat(256)}`);
    case "Fn::Join": {
      const [separator, items] = values();
      return (items as string[]).join(String(separator));
    }
    case "Fn::Select": {
      const [index, items] = values();
      const item = (items as string[])[Number(index)];
      if (item === undefined) throw new Error(`Fn::Select ${JSON.stringify(argument)}: no item ${index}`);
      return item;
    }
    case "Fn::Split": {
      const [separator, text] = values();
      return String(text).split(String(separator));
    }
    case "Fn::Sub":
      if (typeof argument !== "string") throw new Error("Fn::Sub with a map of variables is not implemented");
      return argument.replaceAll(/\$\{([^.}]+)(?:\.([^}]+))?\}/g, (_, logicalId: string, name?: string) =>
        name === undefined ? ref(logicalId, template) : attribute([logicalId, name], template),
      );
    default:
      throw new Error(`${name} is not implemented in test/support/template/deployed-value.ts`);
  }
}

function ref(logicalId: string, template: CloudFormationTemplate): string {
  const pseudoParameter = PSEUDO_PARAMETERS[logicalId];
  if (pseudoParameter !== undefined) return pseudoParameter;
  const { Type } = resource(logicalId, template);
  const name = physicalName(logicalId, template);
  if (Type === "AWS::SQS::Queue") {
    const { "AWS::Region": region, "AWS::URLSuffix": suffix, "AWS::AccountId": account } = PSEUDO_PARAMETERS;
    return `https://sqs.${region}.${suffix}/${account}/${name}`;
  }
  return REF_IS_ARN.has(Type) ? arn(logicalId, template) : name;
}

/** An attribute: the name or the ARN. No other attribute is longer than the ARN. */
function attribute([logicalId, name]: readonly [string, string], template: CloudFormationTemplate): string {
  return name.endsWith("Name") ? physicalName(logicalId, template) : arn(logicalId, template);
}

/** A resource's own name, or else the one that CloudFormation generates: stack, logical id and random letters. */
function physicalName(logicalId: string, template: CloudFormationTemplate): string {
  const { Type, Properties = {} } = resource(logicalId, template);
  const own = Properties[`${Type.split("::")[2]}Name`] ?? Properties["Name"];
  if (own !== undefined) return String(deployedValue(own, template));
  const generated = `${PSEUDO_PARAMETERS["AWS::StackName"]}-${logicalId}-${"x".repeat(13)}`;
  return generated.slice(0, LONGEST_NAMES[Type] ?? 256);
}

function arn(logicalId: string, template: CloudFormationTemplate): string {
  const { Type, Properties = {} } = resource(logicalId, template);
  const [, service = "", kind = ""] = Type.split("::");
  const name = physicalName(logicalId, template);
  return pseudoArn(
    service.toLowerCase(),
    Type === "AWS::Events::Rule"
      ? `rule/${deployedValue(Properties["EventBusName"], template)}/${name}`
      : `${kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}:${name}`,
  );
}

function pseudoArn(service: string, name: string): string {
  const { "AWS::Partition": partition, "AWS::Region": region, "AWS::AccountId": account } = PSEUDO_PARAMETERS;
  return `arn:${partition}:${service}:${region}:${account}:${name}`;
}

function resource(logicalId: string, { Resources }: CloudFormationTemplate) {
  const found = Resources[logicalId];
  if (!found) throw new Error(`There is no resource ${logicalId}`);
  return found;
}
