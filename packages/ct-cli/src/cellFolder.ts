/**
 * The cells of a comparison, one file each, in a folder that several processes may share: what interrupted comparisons
 * go on from.
 *
 * A file is named by the hash of all that its cell depends on, and is made once: the first writer wins. It holds the
 * specification, the cell, and a hash over both.
 */
import type { Schema } from '@curvature-tuning/checks';
import {
  canonicalJson,
  decodeUtf8,
  Digest,
  inNameOf,
  matching,
  options,
  parseJson,
  recordOf,
  text,
} from '@curvature-tuning/checks';
import { readIfPresent, writeOnce } from '@curvature-tuning/files/node';
import type { Cell, CellSpecification, CellStore } from '@curvature-tuning/lora-baseline';
import { cellSchema, checkCell } from '@curvature-tuning/lora-baseline';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

interface CellFile {
  format: 1;
  specification: Record<string, unknown>;
  cell: Cell;
  sha256: string;
}

const fileSchema: Schema<CellFile> = options<CellFile>(
  {
    format: matching((value): value is 1 => value === 1, { expects: 'format 1' }),
    specification: recordOf(matching((value): value is unknown => value !== undefined, { expects: 'a value' })),
    cell: cellSchema,
    sha256: text,
  },
  ['format', 'specification', 'cell', 'sha256'],
);

/** A cell store in a folder. */
export class CellFolder implements CellStore {
  readonly folder: string;
  /** Files of the folder that are none of ours; they are left as they are. */
  readonly foreign: readonly string[];
  /** Names of cells that another process was first with, and whose results differ from those that came out here. */
  readonly differing: string[] = [];
  private readonly known = new Map<string, Cell>();

  private constructor(folder: string, foreign: readonly string[]) {
    this.folder = folder;
    this.foreign = foreign;
  }

  /** Reads what is there. @throws Error naming a file that is damaged. */
  static async open(folder: string): Promise<CellFolder> {
    const store = new CellFolder(
      folder,
      (await visibleOf(folder)).filter((name) => !isCellName(name)),
    );
    await store.refresh();
    return store;
  }

  /** All cells by the names of their files without `.json`, in the order of the names. */
  get cells(): ReadonlyMap<string, Cell> {
    return new Map([...this.known].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Takes up cells that other processes made since, and lets go of those whose files are gone. */
  async refresh(): Promise<void> {
    const names = (await visibleOf(this.folder)).filter(isCellName).map((name) => name.slice(0, 64));
    for (const name of this.known.keys()) if (!names.includes(name)) this.known.delete(name);
    for (const name of names) {
      const cell = this.known.get(name) ?? (await readCell(this.folder, name));
      if (cell !== undefined) this.known.set(name, cell);
    }
  }

  /** Looks at the disk: another process may have been here since. @throws Error naming a file that is damaged. */
  async get(key: string): Promise<Cell | undefined> {
    const name = nameOf(key);
    const cell = await readCell(this.folder, name);
    if (cell === undefined) this.known.delete(name);
    else this.known.set(name, cell);
    return cell;
  }

  async set(key: string, cell: Cell): Promise<void> {
    const name = nameOf(key);
    const specification = JSON.parse(key) as CellSpecification;
    inNameOf('CellFolder: the cell', 'checkCell: cell', () => checkCell(cell, specification));
    const isFirst = await writeOnce(
      join(this.folder, `${name}.json`),
      `${JSON.stringify({ format: 1, specification, cell, sha256: sealOf(specification, cell) }, null, 1)}\n`,
    );
    const kept = isFirst ? cell : (await readCell(this.folder, name))!;
    if (canonicalJson([kept.result, kept.failure]) !== canonicalJson([cell.result, cell.failure]))
      this.differing.push(name);
    this.known.set(name, kept);
  }
}

function nameOf(key: string): string {
  return new Digest().text(key).hex();
}

function isCellName(name: string): boolean {
  return /^[0-9a-f]{64}\.json$/.test(name);
}

function sealOf(specification: object, cell: Cell): string {
  return new Digest().json([1, specification, cell]).hex();
}

/** Names begin with a dot while files are being written. */
async function visibleOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readCell(folder: string, name: string): Promise<Cell | undefined> {
  const path = join(folder, `${name}.json`);
  const content = await readIfPresent(path);
  if (content === undefined) return undefined;
  try {
    const { specification, cell, sha256 } = parseJson(path, 'its content', decodeUtf8(content), fileSchema);
    if (nameOf(canonicalJson(specification)) !== name)
      throw new Error(`${path}: its specification must be that which its name is the hash of`);
    inNameOf(`${path}: its cell`, 'checkCell: cell', () =>
      checkCell(cell, specification as unknown as CellSpecification),
    );
    if (sealOf(specification, cell) !== sha256) throw new Error(`${path}: its content must have the hash that it says`);
    return cell;
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; it was damaged: move it away, and the cell is run anew`, { cause });
  }
}
