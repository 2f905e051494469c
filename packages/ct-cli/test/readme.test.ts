// The examples in the READMEs are code that runs.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Runs the first js block of a README, from this package, where all others resolve as they do for a user. */
async function runExample(readme: string): Promise<string> {
  const text = readFileSync(new URL(`../../../${readme}`, import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(text)?.[1];
  expect(example, `${readme} has an example`).toBeDefined();
  const file = fileURLToPath(new URL(`./${readme.replaceAll('/', '-')}-${process.pid}.tmp.mjs`, import.meta.url));
  try {
    writeFileSync(file, example!);
    return (await promisify(execFile)(process.execPath, [file], { env: { ...process.env, FORCE_COLOR: '0' } })).stdout;
  } finally {
    rmSync(file, { force: true });
  }
}

it('README.md: steers and scores above 95 %', { timeout: 120_000 }, async () => {
  const output = await runExample('README.md');
  const [, beta, kept, percent] = /beta = ([\d.]+) \((\w+)\): (\d+\.\d) % of new digits/.exec(output) ?? [];
  expect(kept === 'steered' ? [0.6, 0.7, 0.8, 0.9] : [1]).toContain(Number(beta));
  expect(Number(percent)).toBeGreaterThan(95);
  expect(output).toMatch(/as given, calibrated: 0\.\d+ 0\.\d+/);
});

it('packages/ct-activation/README.md: prints shapes and the fused kernel', { timeout: 60_000 }, async () => {
  expect(await runExample('packages/ct-activation/README.md')).toContain("[ 8, 14, 14, 64 ] [ 64 ] { cpu: 'fused'");
});

it('packages/ct-layers/README.md: prints the site', { timeout: 60_000 }, async () => {
  expect(await runExample('packages/ct-layers/README.md')).toMatch(/\[ 'conv2d_Conv2D1: 8' \]/);
});

it('packages/ct-wasm-gradients/README.md: prints three losses and the kernels added', { timeout: 60_000 }, async () => {
  expect(await runExample('packages/ct-wasm-gradients/README.md')).toMatch(
    /\[( \d\.\d+,?){3} \] \[\s+'Conv2DBackpropFilter',\s+'DepthwiseConv2dNativeBackpropFilter',/,
  );
});

it(
  'packages/ct-lora-baseline/README.md: prints the number of parameters and the files',
  { timeout: 60_000 },
  async () => {
    // 3x3 from 1 to 8 channels at rank 2.
    expect(await runExample('packages/ct-lora-baseline/README.md')).toContain(
      '34 adapter_model.safetensors, adapter_config.json',
    );
  },
);

/** Whether `ct-node setup` was run in this checkout. */
const hasNative =
  spawnSync('npx', ['--no-install', 'ct-node', 'doctor'], { cwd: fileURLToPath(new URL('../../..', import.meta.url)) })
    .status === 0;

it.skipIf(!hasNative)(
  'packages/ct-activation-node/README.md: prints shapes and the fused kernel (needs npx ct-node setup)',
  { timeout: 60_000 },
  async () => {
    expect(await runExample('packages/ct-activation-node/README.md')).toContain('[ 8, 14, 14, 64 ] [ 64 ] fused');
  },
);

it('packages/ct-robustbench/README.md: attacks a linear model', { timeout: 60_000 }, async () => {
  expect(await runExample('packages/ct-robustbench/README.md')).toMatch(
    /clean 100 %, robust \d+ %; \d+ of 20 by apgd-ce/,
  );
});
