/**
 * The folder of a sweep, on a disk or shared by several machines:
 *
 * | file | what |
 * | --- | --- |
 * | `results/<ab>/<hash>.json` | the result of a cell, whole or not there: the truth |
 * | `costs/<ab>/<hash>.json` | seconds and memory that it took, which differ from run to run |
 * | `failures/<hash>.json` | why the cell failed last, until it succeeds or is retried |
 * | `claims/<hash>.<n>` | who is at it |
 * | `scratch/<hash>/` | what a cell that was killed goes on from |
 * | `cancelled` | while it is there, no cell begins |
 */
import { canonicalJson, decodeUtf8, Digest, parseJson } from '@curvature-tuning/checks';
import { readIfPresent, replaceFile, writeOnce } from '@curvature-tuning/files/node';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cell, Json } from '../cell/cell.js';
import { hashOfCell } from '../cell/cell.js';
import type { CellCosts, CellFailure, CellResult } from './records.js';
import { costsSchema, failureSchema, resultSchema } from './records.js';

/** What became of a result that was to be written: `same` and `different` say how it compares with the first one. */
export type Written = 'written' | 'same' | 'different';

/** A folder of results. Nothing is made before something is written. */
export class SweepFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Hashes of the cells that have a result. */
  done(): Promise<Set<string>> {
    return this.hashes('results');
  }

  /** The result of a cell. @throws Error naming a file that is damaged. */
  async result(hash: string): Promise<CellResult | undefined> {
    const path = this.file('results', hash);
    const bytes = await readIfPresent(path);
    if (bytes === undefined) return undefined;
    try {
      const found = parseJson(path, 'its content', decodeUtf8(bytes), resultSchema);
      if (hashOfCell(found.cell) !== hash) throw new Error(`${path}: its cell must be that which it is named by`);
      if (found.sha256 !== sealOf(found)) throw new Error(`${path}: its content must have the hash that it says`);
      return found;
    } catch (cause) {
      throw new Error(`${(cause as Error).message}; it was damaged: move it away, and the cell is run anew`, { cause });
    }
  }

  /** Writes a result in one piece, if there is none; the first writer wins. */
  async write(cell: Cell, result: Json): Promise<Written> {
    const hash = hashOfCell(cell);
    const record = { format: 1 as const, cell, result };
    const text = `${canonicalJson({ ...record, sha256: sealOf(record) })}\n`;
    const path = this.file('results', hash);
    const isFirst = await writeOnce(path, text);
    await this.forget(hash);
    if (isFirst) return 'written';
    return decodeUtf8((await readIfPresent(path)) ?? new Uint8Array()) === text ? 'same' : 'different';
  }

  /** What a cell took. */
  async costs(hash: string): Promise<CellCosts | undefined> {
    return read(this.file('costs', hash), costsSchema);
  }

  /** Keeps what a cell took. */
  async writeCosts(hash: string, costs: CellCosts): Promise<void> {
    // No result, and not worth waiting for a disk.
    const path = this.file('costs', hash);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${canonicalJson(costs)}\n`);
  }

  /** Why a cell failed last. */
  async failure(hash: string): Promise<CellFailure | undefined> {
    return read(this.file('failures', hash), failureSchema);
  }

  /** Keeps why a cell failed. */
  async writeFailure(hash: string, failure: CellFailure): Promise<void> {
    await replaceFile(this.file('failures', hash), `${canonicalJson(failure)}\n`);
  }

  /** Hashes of the cells that failed. */
  failed(): Promise<Set<string>> {
    return this.hashes('failures');
  }

  /** Removes what is known of a cell beside its result: it may begin anew. */
  async forget(hash: string): Promise<void> {
    await rm(this.file('failures', hash), { force: true });
    await rm(this.scratch(hash), { recursive: true, force: true });
    for (const claim of await names(join(this.path, 'claims')))
      if (claim.startsWith(`${hash}.`)) await rm(join(this.path, 'claims', claim), { force: true });
  }

  /** The folder that a cell may write to while it runs, which is removed once there is a result. */
  scratch(hash: string): string {
    return join(this.path, 'scratch', hash);
  }

  /** Stops whoever works here from beginning cells, until `resume`. */
  async cancel(): Promise<void> {
    await replaceFile(join(this.path, 'cancelled'), '');
  }

  /** Takes a `cancel` back. */
  async resume(): Promise<void> {
    await rm(join(this.path, 'cancelled'), { force: true });
  }

  /** Whether no cell is to begin. */
  async isCancelled(): Promise<boolean> {
    return (await readIfPresent(join(this.path, 'cancelled'))) !== undefined;
  }

  /** The folder of who works on what, which is made where it is not there. */
  async claims(): Promise<string> {
    const path = join(this.path, 'claims');
    await mkdir(path, { recursive: true });
    return path;
  }

  private file(folder: 'results' | 'costs' | 'failures', hash: string): string {
    // Results are many: `ab` are the first two digits.
    return join(this.path, folder, ...(folder === 'failures' ? [] : [hash.slice(0, 2)]), `${hash}.json`);
  }

  private async hashes(folder: 'results' | 'failures'): Promise<Set<string>> {
    const found = await names(join(this.path, folder), true);
    return new Set(found.flatMap((name) => /(?:^|[/\\])([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []));
  }
}

function sealOf({ cell, result }: Pick<CellResult, 'cell' | 'result'>): string {
  return new Digest().json([1, cell, result]).hex();
}

async function names(folder: string, recursive = false): Promise<string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function read<T>(path: string, schema: Parameters<typeof parseJson<T>>[3]): Promise<T | undefined> {
  const bytes = await readIfPresent(path);
  return bytes === undefined ? undefined : parseJson(path, 'its content', decodeUtf8(bytes), schema);
}
