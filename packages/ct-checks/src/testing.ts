/**
 * Tables of bad arguments, made from the schemas that refuse them: renames cost no test.
 */
import { fits } from './check.js';
import { coreOf, show, stepsOf } from './describe.js';
import type { Node } from './describe.js';
import type { Entries, Schema } from './schema.js';
import { nodeOf, schemaOf } from './schema.js';

export { fuzz } from './fuzz.js';
export type { Mutation, RandomNumbers } from './mutations.js';
export { mutateBytes, mutateJson, mutateJsonFile, mutateSafetensors, randomNumbers } from './mutations.js';

/** One call with one wrong argument. */
export interface BadCall<T> {
  /** `{batchSize: NaN}` */
  title: string;
  args: T;
  /** What an error must name: the option, or the argument. */
  names: string;
}

/** Values of every kind; those that a schema refuses make its table. */
const candidates: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  -5,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  1e300,
  2 ** 32,
  5n,
  '',
  'no such value',
  Symbol('s'),
  [],
  {},
  [NaN],
  ['no such value'],
  { shape: [1] },
  () => undefined,
];

/**
 * Calls that each have one wrong argument, or one wrong, unknown or missing field in an argument; all else is `good`.
 *
 * @param good Arguments that are accepted.
 */
export function badCalls<T extends object>(schemas: Entries<T>, good: NoInfer<T>): BadCall<T>[] {
  return Object.entries<Schema>(schemas).flatMap(([name, schema]) =>
    badValues(nodeOf(schema), (good as Record<string, unknown>)[name], name).map(({ path, value }) => ({
      title: `{${path.join('.')}: ${show(value)}}`,
      args: { ...good, [name]: withValue((good as Record<string, unknown>)[name], path.slice(1), value) },
      names: path.at(-1)!,
    })),
  );
}

/**
 * Calls a function with all its bad arguments and returns what is wrong with how they are refused; `[]` is right.
 *
 *     const run = (a) => steer(a.model, a.train, a.validation, a.options);
 *     expect(await faults('steer', steerArguments, { good }, run)).toEqual([]);
 *
 * A refusal is a TypeError or RangeError that begins with the caller's name and names the argument, within 5 seconds.
 *
 * @param good Arguments that are accepted.
 * @param tensors Number of tensors that are alive; none may be left by a refusal.
 */
export async function faults<T extends object>(
  caller: string,
  schemas: Entries<T>,
  { good, tensors = () => 0 }: { good: NoInfer<T>; tensors?: () => number },
  call: (args: T) => unknown,
): Promise<string[]> {
  const wrong: string[] = [];
  const calls = badCalls(schemas, good);
  if (calls.length === 0) wrong.push(`${caller}: no bad argument was found`);
  for (const { title, args, names } of calls) {
    const before = tensors();
    const problem = await problemOf(caller, names, () => call(args));
    if (problem !== undefined) wrong.push(`${caller}(${title}): ${problem}`);
    else if (tensors() !== before) wrong.push(`${caller}(${title}): ${tensors() - before} tensors left`);
  }
  return wrong;
}

/** Tests a package's functions for how they refuse, and remembers which. */
export interface Refusals {
  /** Names of the functions that were tested. */
  readonly covered: Set<string>;
  /**
   * Throws an Error that lists all {@link faults}, and where there are fewer bad calls than `atLeast`.
   *
   * @param given Arguments that are accepted, and how many bad calls there must be, at least: a table that lost some is
   *   noticed.
   */
  readonly refuses: <T extends object>(
    caller: string,
    schemas: Entries<T>,
    given: { good: NoInfer<T>; atLeast: number },
    call: (args: T) => unknown,
  ) => Promise<void>;
}

/**
 * The tables of bad arguments of a package.
 *
 *     const { refuses, covered } = refusals(() => memory().numTensors);
 *     const call = (a) => steer(a.model, a.train, a.validation, a.options);
 *     it('steer', () => refuses('steer', steerArguments, { good, atLeast: 250 }, call));
 *
 * @param tensors Number of tensors that are alive; none may be left by a refusal.
 */
export function refusals(tensors: () => number = () => 0): Refusals {
  const covered = new Set<string>();
  return {
    covered,
    refuses: async (caller, schemas, { good, atLeast }, call) => {
      covered.add(caller);
      const { length } = badCalls(schemas, good);
      const wrong = await faults(caller, schemas, { good, tensors }, call);
      if (length < atLeast) wrong.unshift(`${caller}: ${length} bad calls, expected at least ${atLeast}`);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    },
  };
}

async function problemOf(caller: string, names: string, call: () => unknown): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('still runs after 5 s'), 5000)));
  const run = Promise.resolve()
    .then(call)
    .then(
      () => 'accepted',
      (error: unknown) => {
        if (!(error instanceof TypeError || error instanceof RangeError))
          return `threw ${show(error)}: ${String(error)}`;
        const isNamed = error.message.includes(names) || error.message.startsWith(`${caller}: unknown option `);
        if (!isNamed || !error.message.startsWith(`${caller}: `))
          return `the message does not name it: ${error.message}`;
        return undefined;
      },
    );
  const result = await Promise.race([run, tooLong]);
  clearTimeout(timer);
  return result;
}

interface BadValue {
  path: string[];
  value: unknown;
}

function badValues(node: Node, good: unknown, name: string): BadValue[] {
  const inner = coreOf(node);
  const own = [...candidates, ...beyondBounds(inner)]
    .filter((value) => !fits(schemaOf(node), value))
    .map((value) => ({ path: [name], value }));
  if (inner.entries === undefined) return own;
  const isGiven = typeof good === 'object' && good !== null;
  const needsMore = !isGiven && Object.values(inner.entries).some(({ type }) => type !== 'optional');
  if (needsMore) throw new Error(`badCalls: pass a good value for ${name}, which has fields that cannot be left out`);
  const fields = Object.entries(inner.entries).flatMap(([key, field]) => {
    const missing = field.type === 'optional' ? [] : [{ path: [key], value: undefined }];
    return [...missing, ...badValues(field, isGiven ? (good as Record<string, unknown>)[key] : undefined, key)].map(
      ({ path, value }) => ({ path: [name, ...path], value }),
    );
  });
  const unknown = inner.type === 'loose_object' ? [] : [{ path: [name, 'noSuchOption'], value: 1 }];
  // An object is refused for the field that it lacks: those calls stand among the fields.
  return [...own.filter(({ value }) => !isPlain(value)), ...fields, ...unknown];
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The numbers next to the bounds of a schema of numbers. */
function beyondBounds(node: Node): number[] {
  return stepsOf(node).flatMap(({ type, requirement }) => {
    if (typeof requirement !== 'number') return [];
    if (type === 'min_value') return [requirement - 1];
    if (type === 'max_value') return [requirement + 1];
    return type === 'gt_value' || type === 'lt_value' ? [requirement] : [];
  });
}

function withValue(good: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const base = typeof good === 'object' && good !== null ? (good as Record<string, unknown>) : {};
  return { ...base, [key]: withValue(base[key], rest, value) };
}
