/**
 * A folder of benchmark records, one JSON file each.
 */
import { check, filledText, parseJson, satisfying } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { isFileName, replaceFile, writeOnce } from '@curvature-tuning/files/node';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RobustBenchRecord } from '../benchmark/benchmark.js';
import { recordSchema } from '../benchmark/benchmark.js';

const fileName: Schema<string> = satisfying(filledText, isFileName, {
  expects: 'the name of a file without its folder',
  cure: 'name the folder in folder, and leave out .json',
});

export const writeRecordArguments: Entries<{ folder: string; file: string; record: RobustBenchRecord }> = {
  folder: filledText,
  file: fileName,
  record: recordSchema,
};
export const readRecordsArguments: Entries<{ folder: string }> = { folder: filledText };

/**
 * Writes a record as `<folder>/<file>.json`, in place of one that is there. @throws RangeError for a name that is none
 * of a file in the folder; Error when the file is no record.
 */
export async function writeRecord(folder: string, file: string, record: RobustBenchRecord): Promise<void> {
  check('writeRecord', writeRecordArguments, { folder, file, record });
  const path = join(folder, `${file}.json`);
  const content = `${JSON.stringify(record, null, 2)}\n`;
  if (await writeOnce(path, content)) return;
  await readRecord('writeRecord', folder, `${file}.json`);
  await replaceFile(path, content);
}

/**
 * Reads all `.json` files of a folder, in the order of their names; `leaderboard` renders them. @throws Error naming
 * the file that is no record.
 */
export async function readRecords(folder: string): Promise<RobustBenchRecord[]> {
  check('readRecords', readRecordsArguments, { folder });
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(files.map((file) => readRecord('readRecords', folder, file)));
}

async function readRecord(caller: string, folder: string, file: string): Promise<RobustBenchRecord> {
  const content = await readFile(join(folder, file), 'utf8');
  try {
    return parseJson(caller, `the record ${JSON.stringify(file)}`, content, recordSchema);
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; move the file elsewhere`, { cause });
  }
}
