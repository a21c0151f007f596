/** A resource of a CloudFormation template. */
export interface Resource {
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What a resource became on this machine. */
export interface Reference {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A template as JSON, as far as it is read here. */
export interface TemplateJson {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The account and region that everything local pretends to be in. */
export const LOCAL_ACCOUNT = "000000000000";
export const LOCAL_REGION = "us-east-1";

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": LOCAL_ACCOUNT,
  "AWS::Partition": "aws",
  "AWS::Region": LOCAL_REGION,
  "AWS::URLSuffix": "amazonaws.com",
};

/** A synthesised template, read as CloudFormation reads it: as much of it as the local system runs. */
export class Template {
  readonly #json: TemplateJson;
  readonly #references = new Map<string, Reference>();

  constructor(json: TemplateJson) {
    this.#json = json;
  }

  /** All resources of a type such as `AWS::SQS::Queue`. */
  ofType(type: string): Resource[] {
    return Object.entries(this.#json.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({ logicalId, properties: resource.Properties ?? {} }));
  }

  /** The stack's outputs, resolved. */
  outputs(): Record<string, string> {
    const outputs = Object.entries(this.#json.Outputs ?? {});
    return Object.fromEntries(outputs.map(([name, { Value }]) => [name, String(this.resolve(Value))]));
  }

  /** Says what a resource became, so that others can refer to it. */
  bind(logicalId: string, reference: Reference): void {
    this.#references.set(logicalId, reference);
  }

  /**
   * A value with its references and functions carried out.
   *
   * @throws {Error} naming what it refers to but does not exist here, or the function that is not supported
   */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name === "Ref") return PSEUDO_PARAMETERS[argument] ?? this.#reference(argument).ref;
    if (entries.length === 1 && name === "Fn::GetAtt") return this.#attribute(argument);
    if (entries.length === 1 && name === "Fn::Join") {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => String(this.resolve(part))).join(separator);
    }
    if (name?.startsWith("Fn::")) throw new Error(`The local system does not know CloudFormation's ${name}`);
    return Object.fromEntries(entries.map(([key, item]) => [key, this.resolve(item)]));
  }

  #attribute([logicalId, attribute]: [string, string]): string {
    const value = this.#reference(logicalId).attributes[attribute];
    if (value === undefined) throw new Error(`The local system does not know the attribute ${logicalId}.${attribute}`);
    return value;
  }

  #reference(logicalId: string): Reference {
    const reference = this.#references.get(logicalId);
    if (reference === undefined) throw new Error(`The local system does not run the resource ${logicalId}`);
    return reference;
  }
}
