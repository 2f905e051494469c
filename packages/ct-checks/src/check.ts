/**
 * Checks the arguments of a public function against their schemas.
 */
import * as v from 'valibot';
import { coreOf, cureOf, demand, listed, partAt, received, show } from './describe.js';
import type { Node } from './describe.js';
import type { Entries, Schema } from './schema.js';
import { nodeOf } from './schema.js';

/**
 * Checks the arguments of a public function: kind, range, enumeration and finiteness of each, and of each option.
 *
 *     check('steer', steerArguments, { model, train, validation, options });
 *     // RangeError: steer: batchSize must be a whole number of at least 1, got 0
 *
 * Fields of an argument `options` are named alone, those of any other with it: `train.labels`. Nothing is changed or
 * copied.
 *
 * @throws TypeError on a wrong kind or an unknown option, RangeError on a value of the right kind that is out of range
 *   or not in its list.
 */
export function check<T extends object>(
  caller: string,
  schemas: Entries<T>,
  args: { readonly [K in keyof T]-?: unknown },
): void {
  for (const [name, schema] of Object.entries<Schema>(schemas))
    checkValue(caller, name === 'options' ? '' : name, schema, (args as Record<string, unknown>)[name]);
}

/** Checks one value, called `name` in errors; see `check`. */
export function checkValue<T>(caller: string, name: string, schema: Schema<T>, value: unknown): asserts value is T {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  if (issues !== undefined) throw errorOf(caller, name, nodeOf(schema), issues[0]);
}

/** Whether a value fits a schema. */
export function fits<T>(schema: Schema<T>, value: unknown): value is T {
  return v.is(schema, value);
}

function errorOf(caller: string, name: string, schema: Node, issue: v.BaseIssue<unknown>): Error {
  const keys = (issue.path ?? []).map((step) => step.key);
  const label = labelOf(name, keys);
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return unknownField(
      caller,
      labelOf(name, keys.slice(0, -1)),
      partAt(schema, keys.slice(0, -1)),
      String(keys.at(-1)),
    );
  // A missing key's issue shows the key, not the value.
  const isMissing = issue.type.endsWith('_object') && issue.received === 'undefined';
  const got = isMissing ? undefined : issue.input;
  const part = partAt(schema, keys);
  const cure = cureOf(part);
  const message =
    `${caller}: ${label || 'options'} must ${demand(part)}, got ` +
    `${received(part, got)}${cure === undefined ? '' : `; ${cure}`}`;
  return isOfRightKind(part, issue, got) ? new RangeError(message) : new TypeError(message);
}

function isOfRightKind(part: Node, issue: v.BaseIssue<unknown>, got: unknown): boolean {
  if (issue.kind === 'validation') return true;
  if (issue.type === 'number') return typeof got === 'number';
  if (issue.type === 'picklist') return typeof got === 'string';
  return part.type === 'literal' && typeof got === typeof part.literal;
}

function unknownField(caller: string, owner: string, part: Node, key: string): TypeError {
  const known = Object.keys(coreOf(part).entries ?? {});
  const close = known.find((name) => isClose(name, key));
  const where = owner === '' ? 'option' : `field of ${owner}`;
  return new TypeError(
    `${caller}: unknown ${where} ${show(key)}; ` +
      `${close === undefined ? `expected ${listed(known) || 'none'}` : `did you mean ${close}?`}`,
  );
}

/** Whether two names differ in case and marks, or in one letter, alone. */
function isClose(a: string, b: string): boolean {
  const [x, y] = [a, b].map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, '')) as [string, string];
  if (x === y) return true;
  let head = 0;
  while (head < x.length && x[head] === y[head]) head++;
  let tail = 0;
  while (tail < Math.min(x.length, y.length) - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail++;
  return Math.max(x.length, y.length) - head - tail <= 1;
}

function labelOf(name: string, keys: readonly unknown[]): string {
  return keys.reduce<string>((label, key) => {
    if (typeof key === 'number') return `${label}[${key}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(String(key))) return `${label}[${show(String(key))}]`;
    return label === '' ? String(key) : `${label}.${String(key)}`;
  }, name);
}
