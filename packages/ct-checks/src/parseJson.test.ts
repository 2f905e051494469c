import { describe, expect, it } from 'vitest';
import { parseJson } from './parseJson.js';
import { options, text, whole } from './schema.js';

const schema = options<{ version: number; note?: string }>({ version: whole({ min: 1 }), note: text }, ['version']);

describe('parseJson', () => {
  it('returns what fits', () => {
    expect(parseJson('load', 'the configuration', '{"version": 2, "note": "a"}', schema)).toEqual({
      version: 2,
      note: 'a',
    });
  });

  it.each([
    [
      '{"version": 1, "ba',
      /^load: the configuration must be JSON, got text that is none or was cut short, "\{\\"version\\": 1, \\"ba"$/,
    ],
    ['', /^load: the configuration must be JSON, got text that is none or was cut short, ""$/],
    ['null', /^load: the configuration must be an object \{version, note\}, got null$/],
    ['[1]', /^load: the configuration must be an object \{version, note\}, got \[1\]$/],
    ['{}', /^load: the configuration\.version must be a whole number of at least 1, got undefined$/],
    ['{"version": "1"}', /^load: the configuration\.version must be a whole number of at least 1, got "1"$/],
    ['{"version": 1, "extra": 2}', /^load: unknown field of the configuration "extra"; expected version or note$/],
    ['{"version": 1, "__proto__": {"note": 5}}', /^load: the configuration must be JSON without a key "__proto__"$/],
  ])('refuses %s', (json, message) => {
    expect(() => parseJson('load', 'the configuration', json, schema)).toThrow(message);
  });
});
