/**
 * Writes what `ct attack` found: `attack.json` for programs, `attack.svg` for people.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttackReport } from './attackReport.js';
import { waterfallFigure } from './waterfallFigure.js';

/** Writes both files into `folder` and returns their paths. */
export async function writeAttackReport(folder: string, report: AttackReport): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = { [join(folder, 'attack.svg')]: `${waterfallFigure(report)}\n`, [join(folder, 'attack.json')]: `${JSON.stringify(report, null, 2)}\n` };
  for (const [path, text] of Object.entries(files)) await writeFile(path, text);
  return Object.keys(files);
}
