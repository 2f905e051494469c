import { expect, it } from 'vitest';
import { visible, visibleLines } from './terminal.js';

it.each([
  ['a name.jpg', 'a name.jpg'],
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['a\rb\nc\td', 'a\\u000db\\nc\\td'],
  ['\u0000\u0007\u007f\u009b', '\\u0000\\u0007\\u007f\\u009b'],
  ['gpj\u202efdp\u2028\u2066', 'gpj\\u202efdp\\u2028\\u2066'],
  ['Übung 書 🎉', 'Übung 書 🎉'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

it('lines keep their breaks, and no more', () => {
  expect(visibleLines('a\nb\u001b[2J\n')).toBe('a\nb\\u001b[2J\n');
});
