/**
 * JSON that somebody else may have written, or damaged.
 */
import { checkValue } from './check.js';
import { show } from './describe.js';
import type { Schema } from './schema.js';

/**
 * Parses JSON and checks it against a schema before anybody believes it.
 *
 *     const config = parseJson('loadAdapter', 'the configuration', text, adapterConfig);
 *
 * @param name What to call the text in errors.
 * @throws Error when it is no JSON or has a key `__proto__`; TypeError or RangeError where it does not fit.
 */
export function parseJson<T>(caller: string, name: string, json: string, schema: Schema<T>): T {
  let value: unknown;
  let hasPrototype = false;
  try {
    value = JSON.parse(json, (key, inner: unknown) => {
      hasPrototype ||= key === '__proto__';
      return inner;
    });
  } catch (cause) {
    throw new Error(`${caller}: ${name} must be JSON, got text that is none or was cut short, ${show(json)}`, {
      cause,
    });
  }
  if (hasPrototype) throw new Error(`${caller}: ${name} must be JSON without a key "__proto__"`);
  checkValue(caller, name, schema, value);
  return value;
}
