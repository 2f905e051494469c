/**
 * The cells of a comparison in a folder, and beside it one JSON file that lists them all for people and other tools.
 */
import type { Schema } from '@curvature-tuning/checks';
import { canonicalJson, decodeUtf8, parseJson, recordOf } from '@curvature-tuning/checks';
import { readIfPresent, replaceFile } from '@curvature-tuning/files/node';
import type { Cell, CellStore } from '@curvature-tuning/lora-baseline';
import { cellSchema } from '@curvature-tuning/lora-baseline';
import { CellFolder } from './cellFolder.js';

const listing: Schema<Record<string, Cell>> = recordOf(cellSchema);

/** A cell store with a listing: `cells.json` lists the files of the folder `cells`, which alone are believed. */
export class FileStore implements CellStore {
  readonly cells: CellFolder;
  private readonly path: string;

  private constructor(path: string, cells: CellFolder) {
    this.path = path;
    this.cells = cells;
  }

  /**
   * Reads what is there.
   *
   * @param path Of the listing, `.../cells.json`; the folder is `.../cells`.
   * @throws Error naming a file that is damaged, or the listing if it is none or says something else than the folder.
   */
  static async open(path: string): Promise<FileStore> {
    const store = new FileStore(path, await CellFolder.open(path.replace(/\.json$/, '')));
    await store.list();
    return store;
  }

  /** How many cells there are. */
  get size(): number {
    return this.cells.cells.size;
  }

  get(key: string): Promise<Cell | undefined> {
    return this.cells.get(key);
  }

  async set(key: string, cell: Cell): Promise<void> {
    await this.cells.set(key, cell);
    await this.list();
  }

  /** Writes the listing, unless what is there is not ours. */
  private async list(): Promise<void> {
    await this.cells.refresh();
    const { cells } = this.cells;
    const present = await this.read();
    for (const [name, cell] of Object.entries(present ?? {})) {
      if (!/^[0-9a-f]{64}$/.test(name))
        throw new Error(
          `${this.path}: cells must be listed by the names of their files, got ${JSON.stringify(name)}; an ` +
            'earlier version wrote it: move it away',
        );
      const own = cells.get(name);
      if (own !== undefined && canonicalJson(own) !== canonicalJson(cell))
        throw new Error(
          `${this.path}: the cell ${name} is another than in its file, ${this.cells.folder}/${name}.json; it ` +
            `was changed: move ${this.path} away, and it is written anew`,
        );
    }
    const all = Object.fromEntries(cells);
    if (canonicalJson(all) !== canonicalJson(present ?? {}))
      await replaceFile(this.path, `${JSON.stringify(all, null, 1)}\n`);
  }

  private async read(): Promise<Record<string, Cell> | undefined> {
    const bytes = await readIfPresent(this.path);
    if (bytes === undefined) return undefined;
    const content = decodeUtf8(bytes);
    try {
      if (content.trimStart().startsWith('[')) throw new TypeError(`${this.path}: cells must be an object, got a list`);
      return parseJson(this.path, 'cells', content, listing);
    } catch (cause) {
      throw new Error(
        `${(cause as Error).message}; it is no listing of cells, or was damaged: move it away, and it is written anew`,
        { cause },
      );
    }
  }
}
