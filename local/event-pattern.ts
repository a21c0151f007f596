/** A rule's `EventPattern`. */
export type EventPattern = Readonly<Record<string, unknown>>;

type Leaf = string | number | boolean | null;

/**
 * Compiles an event pattern, with the operators that rules for this project's events need: exact values, `prefix`,
 * `anything-but` and `exists`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
 *
 * @returns tells whether an event matches
 * @throws {Error} when the pattern is invalid, or has another operator
 */
export function compileEventPattern(pattern: EventPattern): (event: unknown) => boolean {
  const fields = Object.entries(pattern).map(([name, rule]) => compileField(name, rule));
  if (fields.length === 0) throw new Error("The event pattern, or an object in it, is empty");
  const matches = (value: unknown) => fields.every((field) => field(isObject(value) ? value : {}));
  // All fields of an object have to match within one element of a list.
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(matches) : matches(value));
}

function compileField(path: string, rule: unknown): (object: Record<string, unknown>) => boolean {
  const [name = "", ...rest] = path.split(".");
  if (name.startsWith("$")) throw new Error(`The local bus does not know the operator ${name}`);
  if (rest.length > 0) {
    const matches = compileEventPattern({ [rest.join(".")]: rule });
    return (object) => matches(object[name]);
  }
  if (isObject(rule)) {
    const matches = compileEventPattern(rule);
    return (object) => matches(object[name]);
  }
  if (!Array.isArray(rule) || rule.length === 0) {
    throw new Error(`The event pattern's field ${name} is ${JSON.stringify(rule)}: expected a list of rules`);
  }
  const rules = rule.map(compileRule);
  return (object) => {
    const leaves = leavesOf(object[name]);
    return rules.some((matches) => matches(leaves));
  };
}

function compileRule(rule: unknown): (leaves: readonly Leaf[]) => boolean {
  if (isLeaf(rule)) return (leaves) => leaves.includes(rule);
  const { operator, operand } = readOperator(rule);
  if (operator === "exists" && typeof operand === "boolean") return (leaves) => leaves.length > 0 === operand;
  if (operator === "prefix" && typeof operand === "string") return (leaves) => leaves.some(startsWith([operand]));
  if (operator === "anything-but") {
    const isExcluded = compileExclusion(operand);
    return (leaves) => leaves.some((leaf) => !isExcluded(leaf));
  }
  throw unknownOperator(rule);
}

function compileExclusion(operand: unknown): (leaf: Leaf) => boolean {
  if (isLeaf(operand)) return (leaf) => leaf === operand;
  if (isListOf(operand, isLeaf)) return (leaf) => operand.includes(leaf);
  const { operator, operand: prefix } = readOperator(operand);
  if (operator === "prefix" && typeof prefix === "string") return startsWith([prefix]);
  if (operator === "prefix" && isListOf(prefix, isString)) return startsWith(prefix);
  throw unknownOperator(operand);
}

function readOperator(rule: unknown): { operator: string | undefined; operand: unknown } {
  const [[operator, operand] = [undefined, undefined], ...others] = isObject(rule) ? Object.entries(rule) : [];
  if (others.length > 0) throw unknownOperator(rule);
  return { operator, operand };
}

function unknownOperator(rule: unknown): Error {
  return new Error(`The local bus does not know the event pattern's operator ${JSON.stringify(rule)}`);
}

function startsWith(prefixes: readonly string[]): (leaf: Leaf) => boolean {
  return (leaf) => typeof leaf === "string" && prefixes.some((prefix) => leaf.startsWith(prefix));
}

/** A field's values, including those of nested lists; objects do not count. */
function leavesOf(value: unknown): Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isLeaf(value) ? [value] : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.length > 0 && value.every(isItem);
}
