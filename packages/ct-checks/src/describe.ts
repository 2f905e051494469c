/**
 * Says in words what a schema expects, and what a value is.
 */
/** What is read of any valibot schema. */
export interface Node {
  readonly type: string;
  readonly kind?: string;
  readonly requirement?: unknown;
  readonly wrapped?: Node;
  readonly item?: Node;
  readonly value?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly Node[];
  readonly metadata?: { readonly expects?: string; readonly cure?: string; readonly got?: (value: unknown) => string };
}

/** The steps of a schema, those of the schemas that it was made of first. */
export function stepsOf(node: Node): readonly Node[] {
  return (node.pipe ?? []).flatMap((step) => (step.pipe === undefined ? [step] : stepsOf(step)));
}

/** What stands behind `optional` and in front of the fields of an object. */
export function coreOf(node: Node): Node {
  if (node.type === 'optional' || node.type === 'nullable') return coreOf(node.wrapped!);
  return stepsOf(node).find((step) => step.entries !== undefined) ?? node;
}

/** What a schema expects, as it stands after "must be". */
export function describe(node: Node): string {
  const steps = stepsOf(node);
  const stated = steps.findLast(({ metadata }) => metadata?.expects !== undefined)?.metadata?.expects;
  if (stated !== undefined) return stated;
  const core = coreOf(node);
  if (core !== node && node.type === 'custom') return describe(core);
  const item = (type: string): Node | undefined => steps.find((step) => step.type === type);
  switch (node.type) {
    case 'optional':
      return describe(node.wrapped!);
    case 'nullable':
      return `${describe(node.wrapped!)} or null`;
    case 'number':
      return `${kindOfNumber(steps)}${range(steps)}`;
    case 'string':
      return item('non_empty') ? 'a text that is not empty' : 'a text';
    case 'boolean':
      return 'true or false';
    case 'picklist':
      return listed(node.options!.map((value) => `'${String(value)}'`));
    case 'literal':
      return show(node.literal);
    case 'array': {
      const [least, most] = ['min_length', 'max_length'].map((type) => item(type)?.requirement as number | undefined);
      const lower = least === undefined ? '' : `at least ${least}, `;
      const upper = most === undefined ? '' : `at most ${most}, `;
      return `a list of ${lower}${upper}each ${describe(node.item!)}`;
    }
    case 'record':
      return `an object whose values are each ${describe(node.value!)}`;
    case 'union':
      return listed((node.options as Node[]).map(describe));
    case 'strict_object':
    case 'object':
    case 'loose_object':
      return `an object {${Object.keys(node.entries!).join(', ')}}`;
    default:
      return `a value of kind ${node.type}`;
  }
}

/** The same as it stands after "must": `lie in [0, 1]`, `be a function`. */
export function demand(node: Node): string {
  const within = /^a number in (.*)/.exec(describe(node))?.[1];
  return within === undefined ? `be ${describe(node)}` : `lie in ${within}`;
}

/** What to do about a value that does not fit, where the schema says. */
export function cureOf(node: Node): string | undefined {
  return (
    stepsOf(node).findLast(({ metadata }) => metadata?.cure !== undefined)?.metadata?.cure ??
    (node.wrapped && cureOf(node.wrapped))
  );
}

/** What a value is, in the words of the schema where it has its own. */
export function received(node: Node, value: unknown): string {
  if (node.wrapped !== undefined) return received(node.wrapped, value);
  const own = node.pipe?.findLast(({ metadata }) => metadata?.got !== undefined)?.metadata?.got;
  return own === undefined ? show(value) : own(value);
}

/** The part of a schema that a path of keys leads to; the schema before it where it cannot be told. */
export function partAt(node: Node, path: readonly unknown[]): Node {
  const [key, ...rest] = path;
  if (key === undefined) return node;
  const inner = coreOf(node);
  const next =
    inner.entries !== undefined && Object.hasOwn(inner.entries, key as string)
      ? inner.entries[key as string]
      : (inner.item ?? inner.value);
  return next === undefined ? inner : partAt(next, rest);
}

const LONGEST = 60;

/** What a value is, as it stands after "got". Control characters are escaped. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : showObject(value);
    default:
      return String(value);
  }
}

function showObject(value: object): string {
  if (Array.isArray(value)) {
    const shown =
      value.length > 8
        ? undefined
        : value.map((item: unknown) => (typeof item === 'object' && item !== null ? '…' : show(item))).join(', ');
    return shown === undefined || shown.length > LONGEST ? `a list of ${value.length}` : `[${shown}]`;
  }
  const { shape, dtype, isDisposed } = value as { shape?: unknown; dtype?: unknown; isDisposed?: unknown };
  if (Array.isArray(shape) && typeof dtype === 'string')
    return `a ${dtype} tensor of shape [${shape.join(', ')}]${isDisposed === true ? ' that was disposed of' : ''}`;
  if (value instanceof Promise) return 'a Promise; await it';
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor?.name;
  if (name !== undefined && name !== 'Object' && name !== '') return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
  const keys = Object.keys(value);
  return keys.length === 0
    ? '{}'
    : `an object {${keys
        .slice(0, 6)
        .map((key) => (/^\w+$/.test(key) ? key : show(key)))
        .join(', ')}${keys.length > 6 ? ', …' : ''}}`;
}

/** `'a', 'b' or 'c'`. */
export function listed(phrases: readonly string[]): string {
  return phrases.length < 2 ? phrases.join('') : `${phrases.slice(0, -1).join(', ')} or ${phrases.at(-1)}`;
}

function kindOfNumber(pipe: readonly Node[]): string {
  const has = (...types: string[]): boolean => pipe.some(({ type }) => types.includes(type));
  if (has('safe_integer')) return 'a whole number';
  const isBounded = has('min_value', 'gt_value') && has('max_value', 'lt_value');
  return has('finite') && !isBounded ? 'a finite number' : 'a number';
}

function range(pipe: readonly Node[]): string {
  const bound = (type: string): number | undefined =>
    pipe.find((step) => step.type === type)?.requirement as number | undefined;
  const [min, max, above, below] = ['min_value', 'max_value', 'gt_value', 'lt_value'].map(bound);
  const [low, high] = [min ?? above, max ?? below];
  if (low !== undefined && high !== undefined)
    return ` in ${min === undefined ? '(' : '['}${low}, ${high}${max === undefined ? ')' : ']'}`;
  if (low !== undefined) return min === undefined ? ` above ${low}` : ` of at least ${low}`;
  if (high !== undefined) return max === undefined ? ` below ${high}` : ` of at most ${high}`;
  return '';
}
