import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { conformanceCases, normalizeCases } from '../src/conformance.js';

interface Outcome {
  absent?: string;
  kernels?: string;
  errors?: { name: string; quantity: string; error: number }[];
  normalizeErrors?: { name: string; quantity: string; error: number }[];
  memory?: object[];
  gpuErrors?: string[];
}

/** Chromium brings a Vulkan driver that needs no graphics card; on other systems Dawn finds the system's own. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

const outcome = runInNode();

describe.skipIf(outcome.absent !== undefined)(
  `fused ctu on webgpu in Node${outcome.absent ? ` (${outcome.absent})` : ''}`,
  () => {
    it('runs the fused kernels without a GPU error', () => {
      expect(outcome.kernels).toBe('fused');
      expect(outcome.gpuErrors).toEqual([]);
    });

    it('conforms to float64 to 1e-6 in every case of the table', () => {
      expect(new Set(outcome.errors!.map(({ name }) => name))).toEqual(
        new Set(conformanceCases().map(({ name }) => name)),
      );
      expect(outcome.errors!.filter(({ error }) => !(error < 1e-6))).toEqual([]);
    });

    it('normalizeBatch agrees with float64 to 1e-6 of its condition in every case of its table', () => {
      expect(new Set(outcome.normalizeErrors!.map(({ name }) => name))).toEqual(
        new Set(normalizeCases().map(({ name }) => name)),
      );
      expect(outcome.normalizeErrors!.filter(({ error }) => !(error < 1e-6))).toEqual([]);
    });

    it('leaks no tensor, no buffer and no byte, intermediates included', () => {
      expect(outcome.memory![1]).toEqual(outcome.memory![0]);
    });
  },
);

function runInNode(): Outcome {
  const script = fileURLToPath(new URL('webgpuInNode.mjs', import.meta.url));
  const driver =
    process.env.VK_ICD_FILENAMES === undefined && existsSync(SWIFTSHADER)
      ? {
          VK_ICD_FILENAMES: SWIFTSHADER,
          LD_LIBRARY_PATH: [dirname(SWIFTSHADER), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
        }
      : {};
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    env: { ...process.env, ...driver },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const json = stdout.split('\n').find((line) => line.startsWith('{'));
  if (status !== 0 || json === undefined)
    throw new Error(`webgpuInNode.mjs failed; was the package built?\n${stdout}${stderr}`);
  return JSON.parse(json) as Outcome;
}
