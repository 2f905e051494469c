/**
 * The example of the README runs, and prints what its comments say.
 */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the example of the README prints what its comments say', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
  const said = [...example.matchAll(/^console\.log\(.*; \/\/ → (.*?)$/gm)].map(([, text]) => text);
  const file = fileURLToPath(new URL(`./readme-${process.pid}.tmp.mjs`, import.meta.url));
  try {
    writeFileSync(file, example);
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    expect(stdout.trimEnd().split('\n')).toEqual(said);
    expect(said).toHaveLength(4);
  } finally {
    rmSync(file, { force: true });
  }
});
