/** A resource of a CloudFormation template. */
export interface Resource {
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A resource's counterpart on this machine. */
export interface Reference {
  /** The value of `Ref`. */
  readonly ref: string;
  /** The values of `Fn::GetAtt`, by attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A resource that runs on this machine, as CloudFormation lists it. */
export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  /** The value of `Ref`. */
  readonly physicalId: string;
}

/** A template's JSON: the parts that are read here. */
export interface TemplateJson {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The account and region of all local resources. */
export const LOCAL_ACCOUNT = "000000000000";
export const LOCAL_REGION = "us-east-1";

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": LOCAL_ACCOUNT,
  "AWS::Partition": "aws",
  "AWS::Region": LOCAL_REGION,
  "AWS::URLSuffix": "amazonaws.com",
};

/** A synthesised template, of which it resolves as much as the local system runs. */
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

  /** The resources that have a counterpart here. */
  resources(): StackResource[] {
    return Array.from(this.#references, ([logicalId, { ref: physicalId }]) => {
      const { Type: type = "" } = this.#json.Resources[logicalId] ?? {};
      return { type, logicalId, physicalId };
    });
  }

  /** Registers a resource's counterpart, so that references to the resource resolve. */
  bind(logicalId: string, reference: Reference): void {
    this.#references.set(logicalId, reference);
  }

  /**
   * Resolves the references and functions in a value.
   *
   * @throws {Error} naming a resource or attribute that has no counterpart here, or a function that is not supported
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
    if (entries.length === 1 && name === "Fn::FindInMap") return this.#mapped(this.resolve(argument) as string[]);
    if (name?.startsWith("Fn::")) throw new Error(`The local system does not know CloudFormation's ${name}`);
    return Object.fromEntries(entries.map(([key, item]) => [key, this.resolve(item)]));
  }

  #attribute([logicalId, attribute]: [string, string]): string {
    const value = this.#reference(logicalId).attributes[attribute];
    if (value === undefined) throw new Error(`The local system does not know the attribute ${logicalId}.${attribute}`);
    return value;
  }

  #mapped([mapping = "", first = "", second = ""]: readonly string[]): string {
    const value = this.#json.Mappings?.[mapping]?.[first]?.[second];
    if (value === undefined) throw new Error(`The template's mapping ${mapping} has no ${first}, ${second}`);
    return value;
  }

  #reference(logicalId: string): Reference {
    const reference = this.#references.get(logicalId);
    if (reference === undefined) throw new Error(`The local system does not run the resource ${logicalId}`);
    return reference;
  }
}
