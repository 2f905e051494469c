import { describe, expect, it } from 'vitest';
import { printable } from './printable.js';

describe('printable', () => {
  it.each(['/data/cat/0.png', 'C:\\data\\0.png', 'Füße 猫 🐈', 'a "quoted" name', ''])('leaves %j as it is', (text) => {
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['a line\nbreak', '"a line\\nbreak"'],
    ['\u001b[2Jcleared', '"\\u001b[2Jcleared"'],
    ['\u007f and \u009b', '"\\u007f and \\u009b"'],
    ['gnp.\u202etxt', '"gnp.\\u202etxt"'],
    ['\u2028"', '"\\u2028\\""'],
    ['\u{e0001}', '"\\udb40\\udc01"'],
    ['half \ud800', '"half \\ud800"'],
  ])('escapes %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(JSON.parse(shown)).toBe(text);
  });
});
