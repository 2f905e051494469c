// The example in README.md is code that runs.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('README.md: prints the doubled tensor and how the kernel runs', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const file = fileURLToPath(new URL(`./README-${process.pid}.tmp.mjs`, import.meta.url));
  try {
    writeFileSync(file, /```js\n([\s\S]*?)```/.exec(text)![1]!);
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    expect(stdout).toContain('[2, -4, 7]');
    expect(stdout).toContain("{ simd: true, access: 'in place', memory: 'plain' }");
  } finally {
    rmSync(file, { force: true });
  }
});
