/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly UpdatePolicy?: unknown;
}

/** A template as JSON, with the sections that are read here. */
export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description?: string; readonly Value: unknown }>>;
}

/** Lists the resources of a type, each with its logical id and properties. */
export function resourcesOf({ Resources }: CloudFormationTemplate, type: string) {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([logicalId, { Properties = {} }]) => ({ logicalId, properties: Properties }));
}
