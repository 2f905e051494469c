/**
 * JSON that somebody else may have written, or damaged.
 */
import { checkValue } from './check.js';
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
  try {
    value = JSON.parse(json, (key, inner: unknown) => {
      if (key === '__proto__') throw new SyntaxError('it has a key "__proto__"');
      return inner;
    });
  } catch (error) {
    throw new Error(`${caller}: ${name} must be JSON, but ${(error as Error).message}`, { cause: error });
  }
  checkValue(caller, name, schema, value);
  return value;
}
