// Two examples of READMEs that every test run tries; tools/consumer/readmes.test.mjs runs all of them as users do.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/**
 * Runs the first block of a README in JavaScript, or in TypeScript without a type, from this package, where all others
 * resolve as they do for a user.
 */
async function runExample(readme: string): Promise<string> {
  const text = readFileSync(new URL(`../../../${readme}`, import.meta.url), 'utf8');
  const example = /```[jt]s\n([\s\S]*?)```/.exec(text)?.[1];
  expect(example, `${readme} has an example`).toBeDefined();
  const file = fileURLToPath(new URL(`./${readme.replaceAll('/', '-')}-${process.pid}.tmp.mjs`, import.meta.url));
  try {
    writeFileSync(file, example!);
    return (await promisify(execFile)(process.execPath, [file], { env: { ...process.env, FORCE_COLOR: '0' } })).stdout;
  } finally {
    rmSync(file, { force: true });
  }
}

it('README.md: steers and scores above 95 %', async () => {
  const output = await runExample('README.md');
  const [, beta, kept, percent] = /beta = ([\d.]+) \((\w+)\): (\d+\.\d) % of new digits/.exec(output) ?? [];
  expect(kept === 'steered' ? [0.6, 0.7, 0.8, 0.9] : [1]).toContain(Number(beta));
  expect(Number(percent)).toBeGreaterThan(95);
  expect(output).toMatch(/as given, calibrated: 0\.\d+ 0\.\d+/);
});

/** Whether `ct-node setup` was run in this checkout. */
const hasNative =
  spawnSync('npx', ['--no-install', 'ct-node', 'doctor'], { cwd: fileURLToPath(new URL('../../..', import.meta.url)) })
    .status === 0;

it.skipIf(!hasNative)(
  'packages/ct-activation-node/README.md: prints shapes and the fused kernel (needs npx ct-node setup)',
  async () => {
    expect(await runExample('packages/ct-activation-node/README.md')).toContain('[ 8, 14, 14, 64 ] [ 64 ] fused');
  },
);
