/**
 * A folder of benchmark records, one JSON file each.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RobustBenchRecord } from '../benchmark.js';
import { replaceFile } from './replaceFile.js';

/** Writes a record as `<folder>/<file>.json`. */
export function writeRecord(folder: string, file: string, record: RobustBenchRecord): Promise<void> {
  return replaceFile(join(folder, `${file}.json`), `${JSON.stringify(record, null, 2)}\n`);
}

/** Reads all `.json` files of a folder, in the order of their names; `leaderboard` renders them. @throws Error naming the file that is no JSON. */
export async function readRecords(folder: string): Promise<RobustBenchRecord[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      try {
        return JSON.parse(await readFile(join(folder, file), 'utf8')) as RobustBenchRecord;
      } catch (cause) {
        throw new Error(`readRecords: ${join(folder, file)} is no JSON record; move it elsewhere`, { cause });
      }
    }),
  );
}
