import { expect, it } from 'vitest';
import { blocksOf, brokenPromise, installedBy, programsOf } from '../consumer/readmeBlocks.mjs';

const markdown = [
  '```sh',
  'npm install --save @a/b c   # both',
  'npx b --help',
  '```',
  '```js',
  "import { x } from '@a/b';",
  '```',
  '<!-- goes on -->',
  '',
  '```ts',
  'console.log(x as number); // → 1',
  '```',
  '<!-- not run: needs a card -->',
  '```js',
  'never();',
  '```',
  '```json',
  '{}',
  '```',
].join('\n');

it('reads blocks with their reasons, what is installed, and programs that go on', () => {
  const blocks = blocksOf(markdown);
  expect(blocks.map(({ line, language, reason }) => [line, language, reason])).toEqual([
    [1, 'sh', undefined],
    [5, 'js', undefined],
    [10, 'ts', undefined],
    [14, 'js', 'needs a card'],
  ]);
  expect(installedBy(blocks)).toEqual(['@a/b', 'c']);
  expect(programsOf(blocks)).toEqual([
    { line: 1, language: 'sh', code: 'npx b --help\n' },
    { line: 5, language: 'ts', code: "import { x } from '@a/b';\nconsole.log(x as number); // → 1\n" },
  ]);
  expect(() => blocksOf('```js\nx')).toThrow('line 1 does not end');
  expect(() => programsOf(blocksOf('<!-- goes on -->\n```js\nx\n```'))).toThrow('no program to go on with');
});

it('finds a promise that the output does not keep', () => {
  const code = "a(); // → [8, 14] { cpu: 'fused' }\nb(); // → loss 0.…, kept\n";
  expect(brokenPromise(code, "[ 8, 14 ] {\n cpu: 'fused' }\nloss 0.123, kept")).toBeUndefined();
  expect(brokenPromise(code, 'loss 0.123, kept [8,14] {cpu: fused}')).toBe('loss 0.…, kept');
  expect(brokenPromise(code, '[8, 15]')).toBe("[8, 14] { cpu: 'fused' }");
});
