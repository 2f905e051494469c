/**
 * Writes what `ct attack` found: `attack.json` for programs, `attack.svg` for people.
 */
import type { AttackReport } from './attackReport.js';
import { waterfallFigure } from './waterfallFigure.js';
import { writeFiles } from './writeFiles.js';

/** Writes both files into `folder` and returns their paths. */
export function writeAttackReport(folder: string, report: AttackReport): Promise<string[]> {
  return writeFiles(folder, { 'attack.svg': `${waterfallFigure(report)}\n`, 'attack.json': `${JSON.stringify(report, null, 2)}\n` });
}
