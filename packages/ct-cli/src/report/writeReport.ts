/**
 * Writes a report: `report.json` for programs, `report.html` for people; the page needs no network.
 */
import type { SteerReport } from './steerReport.js';
import { recordJson } from './recordJson.js';
import { writeFiles } from './writeFiles.js';

/**
 * Writes both files into `folder` and returns their paths; the record comes first, by which `checkOutput` knows the
 * others.
 */
export async function writeReport(folder: string, report: SteerReport): Promise<string[]> {
  // What draws loads for half a second, which a command that draws nothing, or has yet to begin, is spared.
  const { page } = await import('./page/page.js');
  return writeFiles(folder, { 'report.json': recordJson(report), 'report.html': page(report) });
}
