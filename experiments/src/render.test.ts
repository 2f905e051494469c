import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readRecords } from './records.js';
import type { Records } from './records.js';
import { rendered } from './render.js';
import { studies } from './studies/index.js';

it('README.md, docs, tables and figures are those that the records make: npm run evidence -- --render', async () => {
  const { texts } = await rendered(studies);
  expect(texts.size).toBeGreaterThan(50);
  const stale: string[] = [];
  for (const [path, text] of texts) {
    const there = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8').catch(() => undefined);
    if (there !== text) stale.push(path);
  }
  expect(stale).toEqual([]);
});

it('takes full records of one study beside quick ones of another, and has deviations over seeds', async () => {
  const quick = (await readRecords('lora-ranks'))!;
  const cells = [42, 43, 44].flatMap((seed, i) =>
    quick.cells
      .filter(({ cell }) => cell.spec['seed'] === quick.cells[0]!.cell.spec['seed'])
      .map(({ cell, result }) => ({
        cell: { ...cell, spec: { ...cell.spec, seed, epochs: 10 } },
        result: { ...(result as { testAccuracy: number }), testAccuracy: 0.5 + i / 10 },
      })),
  );
  const full: Records = { size: 'full', cells };
  const read: typeof readRecords = async (name) => (name === 'lora-ranks' ? full : readRecords(name));
  const text = (await rendered(studies, read)).texts.get('docs/evidence.md')!;
  const [, section] = text.split('## LoRA: rank');
  expect(section).toContain('`npm run evidence -- --only lora-ranks --full`: 54 cells, seeds 42, 43, 44, 10 epochs');
  // The population deviation of 50, 60 and 70.
  expect(section).toContain('60.0 ± 8.2');
});
