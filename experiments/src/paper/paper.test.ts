/**
 * Cells at the paper's size, from the cache to their results, on small copies of sets and weights that are nobody's.
 */
import { ARCHIVE_CATALOG, catalog } from '@curvature-tuning/datasets';
import { openDataset } from '@curvature-tuning/datasets/node';
import type { ArchiveName } from '@curvature-tuning/datasets';
import { createModel, fetchWeights, pretrainedWeights, toTorchWeights } from '@curvature-tuning/models';
import { serializeSafetensors } from '@curvature-tuning/safetensors';
import { cellsOf } from '@curvature-tuning/sweep';
import type { CellContext, CellSpec, PlannedCell } from '@curvature-tuning/sweep';
import { serve, tinySet } from '@curvature-tuning/tiny-sets';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lackingText, sortOut } from './needs.js';
import { paperKinds } from './paperKinds.js';
import { specificationOf, SPECIFICATIONS } from './specifications.js';

const ct = fileURLToPath(new URL('bin.js', import.meta.resolve('@curvature-tuning/cli')));
const NETWORK = 'resnet18.tv_in1k';
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-paper-'));
  for (const variable of ['CT_DATA_DIR', 'CT_CACHE', 'CT_EVIDENCE_CACHE']) vi.stubEnv(variable, root);
  for (const name of ['beans', 'cifar10'] satisfies ArchiveName[]) {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG[name]);
    const server = await serve(contents);
    await openDataset(name, { files, mirrors: [server.url] });
    await server.close();
  }
  const model = createModel('resnet18', { seed: 1 });
  await fetchWeights(NETWORK, { keep: serializeSafetensors([...(await toTorchWeights(model))]) });
  model.dispose();
});
afterAll(() => rm(root, { recursive: true }));

function planned(study: string): PlannedCell[] {
  return cellsOf({ name: study, cells: specificationOf(study, 'wasm') }, paperKinds);
}

async function run(kind: string, spec: CellSpec): Promise<Record<string, unknown>> {
  const context: CellContext = { onProgress: () => undefined, scratch: () => mkdtemp(join(root, 'scratch-')) };
  return (await paperKinds[kind]!.run({ backend: 'wasm', seed: 42, ...spec }, context)) as Record<string, unknown>;
}

it('lets the cells run whose set and network are there, and says of the others what gets what they lack', async () => {
  const { able: all, lacking } = await sortOut(planned('transfer'));
  // Debian's package may have this one on the machine.
  const able = all.filter(({ cell }) => cell.spec['data'] !== 'fashion-mnist');
  const pairs = new Set(able.map(({ cell }) => `${cell.spec['network'] as string} ${cell.spec['data'] as string}`));
  expect([...pairs]).toEqual([`${NETWORK} beans`]);
  // Seven methods under two protocols and four under the third, three seeds each.
  expect(able).toHaveLength(54);
  const text = lackingText(lacking);
  expect(text).toMatch(/data dtd +324 cells {2}ct data download dtd/);
  expect(text).toMatch(/weights resnet50\.tv_in1k +648 cells {2}ct models get resnet50\.tv_in1k/);
  expect(text).toMatch(
    /network swin_t_relu:imagenette +648 cells {2}npm run evidence -- --scale paper --only pretrain/,
  );
  expect(text).not.toMatch(/beans|resnet18/);
});

it('names sets, networks and commands that ct knows', async () => {
  const { lacking } = await sortOut(Object.keys(SPECIFICATIONS).flatMap(planned));
  const of = (what: string): string[] => lacking.filter((one) => one.what === what).map(({ name }) => name);
  expect(of('data').filter((name) => !(name in catalog) && !(name in ARCHIVE_CATALOG))).toEqual([]);
  expect(of('weights').filter((name) => !(name in pretrainedWeights))).toEqual([]);
  const help = (...args: string[]): string => execFileSync(process.execPath, [ct, ...args], { encoding: 'utf8' });
  expect(help('data', '--help')).toContain('"download"');
  expect(help('models', 'get', '--help')).toContain('--file <file>');
  expect(help('data', 'info', of('data')[0]!)).toContain('licence');
  expect(help('models', 'info', of('weights')[0]!)).toContain('licence');
});

it('adapts a published network to a set, and gives the same result again', async () => {
  const spec = { network: NETWORK, data: 'beans', method: 'probe', protocol: 'strict', epochs: 1 };
  const result = await run('paperTransfer', spec);
  // Three classes, each of one grey.
  expect(result['testAccuracy']).toBe(1);
  expect(await run('paperTransfer', spec)).toEqual(result);
});

it('trains a network from scratch, which other cells then attack', async () => {
  const of = { network: 'resnet8:cifar10', data: 'cifar10' };
  const attack = { ...of, beta: 0.9, calibrated: true, norm: 'Linf', eps: 8 / 255, images: 10, attacks: 'choose' };
  const spec = { ...attack, split: 'test', inputs: 'pixels' };
  await expect(run('paperAttacked', spec)).rejects.toThrow('npm run evidence -- --scale paper --only pretrain');
  const { losses } = await run('paperPretrain', { ...of, epochs: 2, batchSize: 20 });
  expect(losses).toHaveLength(2);
  const { robustAccuracy, cleanAccuracy, images } = await run('paperAttacked', spec);
  expect(images).toBe(10);
  expect(robustAccuracy).toBeLessThanOrEqual(cleanAccuracy as number);
});
