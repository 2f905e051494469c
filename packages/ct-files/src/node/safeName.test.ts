import { describe, expect, it } from 'vitest';
import { safeName } from './safeName.js';

describe('safeName', () => {
  it.each([
    't10k-labels-idx1-ubyte.gz',
    'a',
    'a.b.c',
    '.hidden',
    'fashion-mnist',
    'com10',
    'console.txt',
    'Füße',
    'a'.repeat(180),
  ])('passes %j', (name) => {
    expect(safeName(name, 'download')).toBe(name);
  });

  it.each([
    '',
    '.',
    '..',
    '...',
    '../x',
    'a/b',
    '/etc/passwd',
    'a\\b',
    '..\\x',
    'C:',
    'C:x',
    'x:stream',
    'a\0b',
    'a\nb',
    '\u001b[2J',
    'x.',
    'x ',
    'what?',
    '<x>',
    'a|b',
    '*',
    '"',
    'con',
    'NUL',
    'nul.gz',
    'Com1.idx',
    'LPT9',
    'aux.tar.gz',
    'CONIN$',
    'a'.repeat(181),
    'ü'.repeat(91),
  ])('refuses %j', (name) => {
    expect(() => safeName(name, 'download')).toThrow(RangeError);
    expect(() => safeName(name, 'download')).toThrow(
      'download: expected the name of a file, without folders, devices and signs that some systems forbid, ' +
        `got ${JSON.stringify(name)}`,
    );
  });
});
