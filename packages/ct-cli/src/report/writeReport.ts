/**
 * Writes a report: `report.json` for programs, `report.html` for people; the page needs no network.
 */
import { page } from './page/page.js';
import type { SteerReport } from './steerReport.js';
import { recordJson } from './recordJson.js';
import { writeFiles } from './writeFiles.js';

/**
 * Writes both files into `folder` and returns their paths; the record comes first, by which `checkOutput` knows the
 * others.
 */
export function writeReport(folder: string, report: SteerReport): Promise<string[]> {
  return writeFiles(folder, { 'report.json': recordJson(report), 'report.html': page(report) });
}
