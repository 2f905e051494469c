/**
 * The building blocks of schemas: each says what a value must be, and with it how an error names what was expected.
 *
 * They are valibot schemas; valibot's own may stand beside them.
 */
import * as v from 'valibot';
import type { Node } from './describe.js';
import { show } from './describe.js';

/** A schema of values of type T. */
export type Schema<T = unknown> = v.GenericSchema<T, unknown>;

/** A schema as what can be read of it. */
export function nodeOf(schema: Schema): Node {
  return schema;
}

/** A schema of valibot's, or what was read of one, as a schema of T: which T it is, its types cannot always say. */
export function schemaOf<T>(schema: object): Schema<T> {
  return schema as unknown as Schema<T>;
}

/** A schema for each field of T; an object of options, or the named arguments of a function. */
export type Entries<T> = { readonly [K in keyof T]-?: Schema<Exclude<T[K], undefined>> };

type RequiredKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** Bounds of numbers; all but `above` and `below` belong to the range. */
export interface Bounds {
  min?: number;
  max?: number;
  above?: number;
  below?: number;
}

/** What an error says beside the phrase that the schema itself gives. */
export interface Expectation {
  /** What is expected, after "must be": `a model of tfjs-layers`. */
  expects?: string;
  /** What to do about it. */
  cure?: string;
  /** Says what came and what to do, in place of the plain words: `a GraphModel; pass what it was loaded from`. */
  got?: (value: unknown) => string;
}

/** A number within bounds that is finite in float32, in which tensors will hold it. */
export function real(bounds: Bounds = {}, expectation: Expectation = {}): Schema<number> {
  return withExpectation(v.pipe(v.number(), v.finite(), v.check<number>(isFiniteFloat32), ...boundsOf(bounds)), {
    got: (value) =>
      !Number.isFinite(value) || isFiniteFloat32(value as number)
        ? show(value)
        : `${show(value)}, which is infinite in float32`,
    ...expectation,
  });
}

function isFiniteFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** A whole number within bounds, at most 2^53 - 1. */
export function whole(bounds: Bounds = {}, expectation: Expectation = {}): Schema<number> {
  return withExpectation(v.pipe(v.number(), v.safeInteger(), ...boundsOf(bounds)), expectation);
}

/** A whole number of at least 1: epochs, batches, images, queries. */
export const count: Schema<number> = whole({ min: 1 });

/** A number in [0, 1]. */
export const unitInterval: Schema<number> = real({ min: 0, max: 1 });

/** A seed of a random generator: a whole number in [0, 2^32). */
export const seed: Schema<number> = whole({ min: 0, max: 2 ** 32 - 1 });

/** True or false. */
export const flag: Schema<boolean> = v.boolean();

/** Null, where it may stand for something that is left out. */
export const nothing: Schema<null> = matching((value): value is null => value === null, { expects: 'null' });

/** Any text. */
export const text: Schema<string> = v.string();

/** A text with at least one character. */
export const filledText: Schema<string> = v.pipe(v.string(), v.nonEmpty());

/** One of a closed list of texts. */
export function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
  return v.picklist(values);
}

/** A list, an array, of values that all fit. */
export function listOf<T>(
  item: Schema<T>,
  { min = 0, max }: { min?: number; max?: number } = {},
  expectation: Expectation = {},
): Schema<readonly T[]> {
  const bounds = [
    ...(min > 0 ? [v.minLength<T[], number>(min)] : []),
    ...(max !== undefined ? [v.maxLength<T[], number>(max)] : []),
  ];
  return withExpectation(v.pipe(v.array(item as v.GenericSchema<T>), ...bounds), expectation);
}

/** A plain object whose values all fit, whatever its keys; see `options` for known keys. */
export function recordOf<T>(value: Schema<T>): Schema<Record<string, T>> {
  return v.record(v.string(), value as v.GenericSchema<T>);
}

/** A Map of texts to values that all fit. */
export function mapOf<T>(
  value: Schema<T>,
  expectation: Expectation & { expects: string },
): Schema<ReadonlyMap<string, T>> {
  const map = v.pipe(
    v.map(v.unknown(), value as v.GenericSchema<T>),
    v.check((entries) => [...entries.keys()].every((key) => typeof key === 'string')),
  );
  return withExpectation(schemaOf<ReadonlyMap<string, T>>(map), expectation);
}

/** An argument that may be left out, with nothing in its place. */
export function optional<T>(schema: Schema<T>): Schema<T> {
  return schemaOf(v.optional(schema as v.GenericSchema<T>));
}

/** A value that fits one of several schemas. */
export function anyOf<T extends readonly Schema[]>(...schemas: T): Schema<v.InferInput<T[number]>> {
  return schemaOf(v.union([...schemas]));
}

/** A function. Its arguments and result cannot be checked before it is called. */
export function func<T extends (...args: never[]) => unknown>(expectation: Expectation = {}): Schema<T> {
  return matching((value): value is T => typeof value === 'function', { expects: 'a function', ...expectation });
}

/** A regular expression, of any realm. */
export const regExp: Schema<RegExp> = matching(
  (value): value is RegExp => Object.prototype.toString.call(value) === '[object RegExp]',
  { expects: 'a regular expression' },
);

/** An AbortSignal. */
export const signal: Schema<AbortSignal> = matching(
  (value): value is AbortSignal =>
    isObject(value) && typeof value['aborted'] === 'boolean' && typeof value['addEventListener'] === 'function',
  { expects: 'an AbortSignal', cure: 'pass controller.signal, not the controller' },
);

/** The bytes of a file. Node's Buffer is a Uint8Array. */
export const bytes: Schema<Uint8Array> = matching(
  (value): value is Uint8Array => Object.prototype.toString.call(value) === '[object Uint8Array]',
  {
    expects: 'the bytes of a file, a Uint8Array',
  },
);

/** What is looked at of a tensor; any copy of tfjs-core makes such. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly rank: number;
  readonly isDisposed: boolean;
  data(): Promise<ArrayLike<number | string>>;
}

/** A tensor that was not disposed of, of given ranks and dtypes. */
export function tensorOf<T extends TensorLike>({
  ranks,
  dtypes,
}: { ranks?: readonly number[]; dtypes?: readonly string[] } = {}): Schema<T> {
  const kind = [...(dtypes ?? []), 'tensor'].join(' or ').replace(/ or tensor$/, ' tensor');
  const rank = ranks === undefined ? '' : ` of rank ${ranks.join(' or ')}`;
  return matching(
    (value): value is T =>
      isTensor(value) &&
      !value.isDisposed &&
      (ranks?.includes(value.rank) ?? true) &&
      (dtypes?.includes(value.dtype) ?? true),
    { expects: `a ${kind}${rank} that was not disposed of` },
  );
}

/** Whether a value is a tensor of some copy of tfjs-core. */
export function isTensor(value: unknown): value is TensorLike {
  return (
    isObject(value) &&
    Array.isArray(value['shape']) &&
    typeof value['dtype'] === 'string' &&
    typeof value['data'] === 'function' &&
    typeof value['isDisposed'] === 'boolean'
  );
}

/** A value that a predicate accepts. */
export function matching<T>(
  accepts: (value: unknown) => value is T,
  expectation: Expectation & { expects: string },
): Schema<T> {
  return withExpectation(v.custom<T>(accepts), expectation);
}

/** Another condition on what fits a schema already; an error of it is a RangeError. */
export function satisfying<T>(
  schema: Schema<T>,
  accepts: (value: T) => boolean,
  expectation: Expectation & { expects: string },
): Schema<T> {
  return withExpectation(v.pipe(schema as v.GenericSchema<T>, v.check(accepts)), expectation);
}

/**
 * An object with known fields, each of them optional but for `required`; `undefined` is as good as left out, an unknown
 * field is refused by its name.
 *
 * `entries` has exactly the fields of T: the compiler refuses one too many or too few.
 */
export function options<T extends object>(
  entries: Entries<T>,
  ...required: [RequiredKey<T>] extends [never] ? [] : [readonly RequiredKey<T>[]]
): Schema<T> {
  const fields = v.strictObject(fieldsOf(entries, required[0]));
  return schemaOf(v.pipe(v.custom<Record<string, unknown>>(isPlainObject), fields));
}

/** An object, no list, that has at least these fields, as `options` has them; others are let through. */
export function objectWith<T extends object>(
  entries: Entries<T>,
  ...required: [RequiredKey<T>] extends [never] ? [] : [readonly RequiredKey<T>[]]
): Schema<T> {
  const fields = v.looseObject(fieldsOf(entries, required[0]));
  const object = v.custom<Record<string, unknown>>((value) => isObject(value) && !Array.isArray(value));
  return schemaOf(v.pipe(object, fields));
}

function fieldsOf<T extends object>(entries: Entries<T>, required: readonly PropertyKey[] = []): v.ObjectEntries {
  const needed = new Set<PropertyKey>(required);
  return Object.fromEntries<v.GenericSchema>(
    Object.entries<Schema>(entries).map(([key, schema]) => [
      key,
      needed.has(key) ? (schema as v.GenericSchema) : v.optional(schema as v.GenericSchema),
    ]),
  );
}

/**
 * The options that a function called inside knows, of those of the function around it; what is undefined is left out.
 */
export function pick<T extends object>(
  entries: Entries<T>,
  given: { readonly [K in keyof T]?: T[K] | undefined },
): Partial<T> {
  return Object.fromEntries(
    Object.keys(entries).flatMap((key) => (given[key as keyof T] === undefined ? [] : [[key, given[key as keyof T]]])),
  ) as Partial<T>;
}

/** The schemas of all fields but some. */
export function without<T, K extends keyof T>(entries: Entries<T>, ...keys: readonly K[]): Entries<Omit<T, K>> {
  const kept = { ...entries } as { -readonly [Key in keyof T]?: unknown };
  for (const key of keys) delete kept[key];
  return kept as Entries<Omit<T, K>>;
}

/** The same schema with words of its own for errors. */
export function withExpectation<T>(schema: Schema<T>, expectation: Expectation): Schema<T> {
  if (Object.keys(expectation).length === 0) return schema;
  // One pipe, whatever the schema is: errors look for the fields of an object among its steps.
  const { pipe = [schema] } = schema as { pipe?: readonly v.GenericSchema[] };
  const [first, ...rest] = pipe as readonly [v.GenericSchema, ...v.GenericSchema[]];
  return v.pipe(first, ...rest, v.metadata({ ...expectation })) as Schema<T>;
}

function boundsOf({ min, max, above, below }: Bounds): v.GenericPipeItem<number, number>[] {
  return [
    ...(min === undefined ? [] : [v.minValue<number, number>(min)]),
    ...(max === undefined ? [] : [v.maxValue<number, number>(max)]),
    ...(above === undefined ? [] : [v.gtValue<number, number>(above)]),
    ...(below === undefined ? [] : [v.ltValue<number, number>(below)]),
  ] as v.GenericPipeItem<number, number>[];
}

/** An object literal of any realm; no list, no instance of a class, whose fields would be taken for options. */
function isPlainObject(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
