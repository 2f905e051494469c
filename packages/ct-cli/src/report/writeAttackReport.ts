/**
 * Writes what `ct attack` found: `attack.json` for programs, `attack.svg` for people.
 */
import type { AttackReport } from './attackReport.js';
import { writeFiles } from './writeFiles.js';

/**
 * Writes both files into `folder` and returns their paths; the record comes first, by which `checkOutput` knows the
 * others.
 */
export async function writeAttackReport(folder: string, report: AttackReport): Promise<string[]> {
  // Loaded where it draws, as for `writeReport`.
  const { waterfallFigure } = await import('./waterfallFigure.js');
  return writeFiles(folder, {
    'attack.json': `${JSON.stringify(report, null, 2)}\n`,
    'attack.svg': `${waterfallFigure(report)}\n`,
  });
}
