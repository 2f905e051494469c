/**
 * Bytes that are kept in the Cache Storage of a page, piece by piece: a file that is larger than the memory, that grows
 * while it is fetched, and that the next page goes on with.
 */
import { check, filledText } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

/** Bytes of a piece, but for the last. */
const PIECE = 2 ** 22;

/** What is said of a file once it is whole. */
export interface PiecesRecord {
  /** Bytes of the whole. */
  readonly bytes: number;
  /** Where its parts are, by their paths: first byte, and that behind the last. */
  readonly parts?: Readonly<Record<string, readonly [start: number, end: number]>> | undefined;
}

export const openCacheArguments: Entries<{ name: string }> = { name: filledText };

/**
 * Opens a cache; undefined where pages have none, which is on insecure origins.
 *
 * @param name Of the cache.
 */
export async function openCache(name: string): Promise<Cache | undefined> {
  check('openCache', openCacheArguments, { name });
  // Typed as always present.
  const storage = globalThis.caches as CacheStorage | undefined;
  return storage?.open(name);
}

/** A file of pieces; the k-th are its bytes from k times 2^22 on, whoever wrote it. */
export class Pieces {
  private readonly cache: Cache | undefined;
  private readonly key: string;
  private readonly pieces: Blob[] = [];
  /** Bytes behind the last whole piece. */
  private tail: Uint8Array[] = [];
  private tailBytes = 0;
  private isKept: boolean;
  /** What it is, once it is whole. */
  record: PiecesRecord | undefined;

  private constructor(cache: Cache | undefined, key: string) {
    this.cache = cache;
    this.key = key;
    this.isKept = cache !== undefined;
  }

  /** The file of a key, with what was kept of it. */
  static async open(cache: Cache | undefined, key: string): Promise<Pieces> {
    // A name of no server: nothing is fetched from it.
    const file = new Pieces(cache, `https://cached.invalid/${key.split('/').map(encodeURIComponent).join('/')}`);
    for (;;) {
      const kept = await cache?.match(file.addressOf(file.pieces.length));
      if (kept === undefined) break;
      const piece = await kept.blob();
      if (piece.size < PIECE) {
        [file.tail, file.tailBytes] = [[new Uint8Array(await piece.arrayBuffer())], piece.size];
        break;
      }
      file.pieces.push(piece);
    }
    const record = await cache?.match(file.key);
    const said = record && ((await record.json()) as PiecesRecord);
    // A page that was closed while it cleared may leave one without the other.
    if (said?.bytes === file.length) file.record = said;
    return file;
  }

  get length(): number {
    return this.pieces.length * PIECE + this.tailBytes;
  }

  /** All of it. */
  blob(): Blob {
    return new Blob([...this.pieces, ...(this.tail as Uint8Array<ArrayBuffer>[])]);
  }

  /** Adds bytes at the end. */
  async push(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE - this.tailBytes);
      // What comes may lie in memory that is written to again.
      this.tail.push(part.slice());
      this.tailBytes += part.length;
      at += part.length;
      if (this.tailBytes < PIECE) continue;
      this.pieces.push(await this.keep(this.pieces.length, new Blob(this.tail as Uint8Array<ArrayBuffer>[])));
      [this.tail, this.tailBytes] = [[], 0];
    }
  }

  /** Keeps what is behind the last whole piece, too. */
  async flush(): Promise<void> {
    if (this.tailBytes > 0) await this.keep(this.pieces.length, new Blob(this.tail as Uint8Array<ArrayBuffer>[]));
  }

  /** Says that it is whole. */
  async close(parts?: PiecesRecord['parts']): Promise<void> {
    await this.flush();
    this.record = { bytes: this.length, parts };
    if (this.isKept) await this.put(this.key, JSON.stringify(this.record));
  }

  /** Forgets it. */
  async clear(): Promise<void> {
    await this.cache?.delete(this.key);
    for (let k = this.pieces.length; k >= 0; k--) await this.cache?.delete(this.addressOf(k));
    this.pieces.length = 0;
    [this.tail, this.tailBytes, this.record] = [[], 0, undefined];
    this.isKept = this.cache !== undefined;
  }

  private addressOf(piece: number): string {
    return `${this.key}?piece=${piece}`;
  }

  /** The piece as it is kept, which takes no memory; itself where there is no room for it. */
  private async keep(index: number, piece: Blob): Promise<Blob> {
    if (!(await this.put(this.addressOf(index), piece))) return piece;
    const kept = await this.cache?.match(this.addressOf(index));
    return kept === undefined ? piece : kept.blob();
  }

  private async put(address: string, content: Blob | string): Promise<boolean> {
    if (!this.isKept) return false;
    try {
      await this.cache?.put(address, new Response(content));
      return true;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'QuotaExceededError')) throw error;
      // The rest is held in memory, and fetched again by the next page.
      this.isKept = false;
      return false;
    }
  }
}
