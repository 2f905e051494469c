import { describe, expect, it } from 'vitest';
import { fromPython } from './pythonPattern.js';

/** What `re.fullmatch(pattern, name)` of Python 3.11 says. */
const table: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ['layer[0-9]+', 'layer12', true],
  [String.raw`.*\.(q|v)_proj`, 'model.layers.0.q_proj', true],
  [String.raw`.*\.(q|v)_proj`, 'model.layers.0.k_proj', false],
  ['layer1.0', 'layer1x0', true],
  ['(?P<stage>layer)1', 'layer1', true],
  [String.raw`\Alayer1\Z`, 'layer1', true],
  ['(?i)LAYER1', 'layer1', true],
  ['LAYER1', 'layer1', false],
  ['(?s:x)', '', false],
  [String.raw`couche_\w+`, 'couche_é', true],
  [String.raw`\d+`, '٣', true],
  [String.raw`\W`, 'é', false],
  [String.raw`[\w]+\b\.fc`, 'é.fc', true],
  [String.raw`é\B.`, 'éx', true],
  ['[]a]+', ']a', true],
  ['[^]a]', ']', false],
  ['[a-c]', 'b', true],
  [String.raw`[a\-c]`, 'b', false],
  ['[/|(]', '|', true],
  ['a{,2}', 'aa', true],
  ['a{,2}', 'aaa', false],
  ['a{1,}', 'aaa', true],
  ['a{x}', 'a{x}', true],
  ['a{}', 'a{}', true],
  ['a}]', 'a}]', true],
  [String.raw`a\-b\_c\/d\ e`, 'a-b_c/d e', true],
  [String.raw`\x61A`, 'aA', true],
  ['(?:a|b)+?', 'abab', true],
  ['a{1,2}?', 'aa', true],
  ['(?!fc).*', 'fc', false],
  ['(?<=a)b', 'b', false],
  ['a(?=b)b', 'ab', true],
  ['😀?', '😀', true],
];

describe('fromPython', () => {
  it.each(table.filter(([pattern]) => pattern !== '(?s:x)'))('%s on %s: %s', (pattern, name, matches) => {
    const { source, flags } = fromPython(pattern, { flags: true });
    expect(new RegExp(`^(?:${source})$`, flags).test(name)).toBe(matches);
  });

  it.each([
    ['(?s:x)', '"(?s:x" has no counterpart'],
    ['(?P=name)', 'has no counterpart'],
    ['(?#note)x', 'has no counterpart'],
    ['(a)?(?(1)b|c)', 'has no counterpart'],
    ['(?>a)', 'has no counterpart'],
    ['a*+', '"*+" (possessive) has no counterpart'],
    ['a{2}+', '"{2}+" (possessive) has no counterpart'],
    [String.raw`(a)\1`, String.raw`"\1" has no counterpart`],
    [String.raw`\0`, String.raw`"\0" has no counterpart`],
    [String.raw`\N{BULLET}`, String.raw`"\N" has no counterpart`],
    [String.raw`[\W]`, String.raw`"\W" has no counterpart`],
    ['(?x)a b', 'the flags "(?x)" have no counterpart'],
    ['a(?i)b', '"(?i" has no counterpart'],
    ['[a', '"[a" does not end'],
    ['(a', 'Invalid regular expression'],
    ['*a', 'Invalid regular expression'],
    ['a\\', String.raw`"\" has no counterpart`],
  ])('refuses %s', (pattern, message) => {
    expect(() => fromPython(pattern, { flags: true })).toThrow(message);
  });

  it('refuses flags where Python would', () => {
    expect(() => fromPython('(?i)a')).toThrow('"(?i" has no counterpart');
  });
});
