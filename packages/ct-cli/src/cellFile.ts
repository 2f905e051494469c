/**
 * The cells of a comparison in one JSON file, written anew after each: what an interrupted comparison goes on from.
 */
import type { Cell, CellStore } from '@curvature-tuning/lora-baseline';
import { readFile } from 'node:fs/promises';
import { writeWhole } from './report/writeFiles.js';

/** A cell store in a file. */
export class FileStore implements CellStore {
  private readonly path: string;
  private readonly prefix: string;
  private readonly cells: Map<string, Cell>;

  private constructor(path: string, prefix: string, cells: Map<string, Cell>) {
    this.path = path;
    this.prefix = prefix;
    this.cells = cells;
  }

  /** Reads the file if it is there. @param prefix Tells cells of different backends apart. */
  static async open(path: string, prefix: string): Promise<FileStore> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new FileStore(path, prefix, new Map());
    }
    try {
      return new FileStore(path, prefix, new Map(Object.entries(JSON.parse(text) as Record<string, Cell>)));
    } catch (cause) {
      throw new Error(`${path} is no record of cells; move it away to begin anew`, { cause });
    }
  }

  /** How many cells there are. */
  get size(): number {
    return this.cells.size;
  }

  get(key: string): Cell | undefined {
    return this.cells.get(`${this.prefix}/${key}`);
  }

  async set(key: string, cell: Cell): Promise<void> {
    this.cells.set(`${this.prefix}/${key}`, cell);
    await writeWhole(this.path, `${JSON.stringify(Object.fromEntries(this.cells), null, 1)}\n`);
  }
}
