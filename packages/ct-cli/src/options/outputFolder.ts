/**
 * The folder that `--output` names, looked at before the work whose results it is to hold.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './usageError.js';

/**
 * Refuses a folder that cannot be written to, or holds files of these names that no `ct` wrote; leaves nothing behind.
 * Returns a sentence about the earlier run whose files will be replaced, where there is one.
 *
 * @param record The file whose content tells: a JSON object with the command that made it.
 * @param others What is written beside it.
 * @throws UsageError
 */
export async function checkOutput(
  folder: string,
  record: string,
  others: readonly string[],
): Promise<string | undefined> {
  await checkWritable(folder);
  const there: string[] = [];
  for (const name of [record, ...others]) {
    const info = await lstat(join(folder, name)).catch(() => undefined);
    if (info === undefined) continue;
    if (!info.isFile())
      throw new UsageError(
        `--output must be a folder whose ${name} may be replaced, in "${folder}" it is no file; name another folder`,
      );
    there.push(name);
  }
  const earlier = await recordedCommand(join(folder, record));
  if (there.length > 0 && earlier === undefined) {
    throw new UsageError(
      `--output must be a folder whose ${there.join(' and ')} may be replaced, in "${folder}" no run of ct ` +
        'wrote it; name another folder',
    );
  }
  return earlier === undefined
    ? undefined
    : `"${folder}" holds what "${earlier}" wrote, which is replaced at the end; --output names another folder`;
}

/** @throws UsageError where a folder cannot be written to, or made; leaves nothing behind. */
export async function checkWritable(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (folder === '' || (found !== undefined && !found.isDirectory()))
    throw new UsageError(`--output must be a folder, "${folder}" is something else`);
  const made: string[] = [];
  try {
    for (const path of await missingFolders(resolve(folder))) {
      await mkdir(path);
      made.unshift(path);
    }
    const probe = join(folder, `.${randomUUID()}.tmp`);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    throw new UsageError(
      `--output must be a folder that can be written to, "${folder}" is not ` +
        `(${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  } finally {
    // Those that somebody has begun to use stay.
    for (const path of made) await rmdir(path).catch(() => undefined);
  }
}

/** The folders on the way to `path` that are not there, outermost first. Not `recursive`: on /proc that never ends. */
async function missingFolders(path: string): Promise<string[]> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? [] : [...(await missingFolders(dirname(path))), path];
}

/** The command that a record was made by; undefined where it is none of ours. */
async function recordedCommand(path: string): Promise<string | undefined> {
  try {
    const { command } = JSON.parse(await readFile(path, 'utf8')) as { command?: unknown };
    return typeof command === 'string' ? command : undefined;
  } catch {
    return undefined;
  }
}
