/**
 * Tar archives, gzipped or not, from the first byte to the last: they have no directory.
 */
import { extract } from 'tar-stream';
import { DamagedFileError } from './damagedFile.js';
import { inflate } from './inflate.js';

/** A file in an archive, to be read before the next one is asked for. */
export interface TarEntry {
  /** As the archive has it, and not to be trusted. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * The entries of an archive in their order; a gzipped one is known by its first two bytes.
 *
 * @param chunks The archive piece by piece, of any size: what is held is a piece.
 * @param file What it is called in errors.
 * @throws DamagedFileError that says after which entry the archive is damaged or ends too early.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<TarEntry> {
  let position = 0;
  let last = '';
  const fault = (cause: unknown): DamagedFileError =>
    new DamagedFileError(
      'readTar',
      {
        file,
        offset: position,
        fault: `${last === '' ? 'it is no tar archive, or ' : ''}it cannot be read after ${last || 'its beginning'}`,
      },
      { cause },
    );
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of await unpacked(chunks)) {
      position += chunk.length;
      yield chunk;
    }
  }
  const reader = extract();
  const fed = feed(counted(), reader);
  fed.catch(() => undefined);
  const entries = reader[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await entries.next().catch((cause: unknown) => {
        throw fault(cause);
      });
      if (next.done === true) break;
      const entry = next.value;
      const { name, type, size = 0 } = entry.header;
      last = JSON.stringify(name);
      yield { name, kind: kindOf(type), size, chunks: readEntry(entry, fault) };
      // What was not read is passed over.
      entry.resume();
    }
    await fed.catch((cause: unknown) => {
      throw fault(cause);
    });
  } finally {
    reader.destroy();
  }
}

async function* readEntry(entry: AsyncIterable<unknown>, fault: (cause: unknown) => Error): AsyncGenerator<Uint8Array> {
  const chunks = entry[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((cause: unknown) => {
      throw fault(cause);
    });
    if (next.done === true) return;
    yield next.value as Uint8Array;
  }
}

function kindOf(type: string | null | undefined): TarEntry['kind'] {
  if (type === 'file' || type === 'contiguous-file') return 'file';
  if (type === 'directory') return 'folder';
  return type === 'symlink' || type === 'link' ? 'link' : 'special';
}

/** Gzip is told by its magic number, RFC 1952. */
async function unpacked(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.(undefined);
    }
  }
  const isGzip = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
  return isGzip ? inflate(all(), 'gzip') : all();
}

async function feed(chunks: AsyncIterable<Uint8Array>, reader: ReturnType<typeof extract>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (reader.destroyed) return;
      // The writer keeps what it is given until it is read.
      if (!reader.write(Uint8Array.from(chunk))) await drained(reader);
    }
    reader.end();
  } catch (error) {
    reader.destroy(error as Error);
    throw error;
  }
}

/** Waits until more may be written, or nobody reads any more. */
function drained(reader: ReturnType<typeof extract>): Promise<void> {
  return new Promise((go) => {
    const done = (): void => {
      reader.off('drain', done);
      reader.off('close', done);
      go();
    };
    reader.on('drain', done);
    reader.on('close', done);
  });
}
