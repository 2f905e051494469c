/**
 * Tar archives, gzipped or not, from the first byte to the last: they have no directory.
 *
 * Format: POSIX.1-2001, "pax Interchange Format", with the long names and the sizes in base 256 of GNU tar.
 */
import { DamagedFileError } from './damagedFile.js';
import { inflate } from './inflate.js';

/** A file in an archive, to be read before the next one is asked for. */
export interface TarEntry {
  /** As the archive has it, and not to be trusted. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly size: number;
  /** Byte of the unpacked archive at which its header begins. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
// Long names and attributes; the longest names of systems are a hundredth of it.
const LONGEST_EXTENSION = 2 ** 20;

/** What an entry is by its type flag; others, such as devices, are special. */
const KINDS: ReadonlyMap<string, TarEntry['kind']> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['5', 'folder'],
  ['1', 'link'],
  ['2', 'link'],
]);

/**
 * The entries of an archive in their order; a gzipped one is known by its first two bytes.
 *
 * @param chunks The archive piece by piece, of any size: what is held is a piece.
 * @param file What it is called in errors.
 * @throws DamagedFileError that says at which byte of the unpacked archive, and after which entry, it is damaged or
 * ends too early.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<TarEntry> {
  const bytes = new Unread(await unpacked(chunks));
  let last = '';
  const fault = (what: string, cause?: unknown): DamagedFileError =>
    new DamagedFileError(
      'readTar',
      {
        file,
        offset: bytes.position,
        fault:
          `${last === '' ? 'it is no tar archive, or ' : ''}it cannot be read after ${last || 'its beginning'}` +
          (what && `: ${what}`),
      },
      { cause },
    );
  const damage = (cause: unknown): never => {
    throw fault('', cause);
  };
  try {
    /** What the extensions in front of an entry say of it. */
    let said: { path?: string | undefined; size?: number | undefined } = {};
    for (;;) {
      const start = bytes.position;
      const block = await bytes.exactly(BLOCK).catch(damage);
      // Its end is two blocks of zeros; some writers leave them out.
      if (block.length === 0 || block.every((byte) => byte === 0)) break;
      const header = headerOf(block);
      if (typeof header === 'string') throw fault(header);
      const { type } = header;
      if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
        if (header.size > LONGEST_EXTENSION) throw fault(`a name or attributes of ${header.size} bytes`);
        const text = textOf(await bytes.exactly(header.size).catch(damage));
        if (type === 'x') said = { ...said, ...attributesOf(text) };
        if (type === 'L') said = { ...said, path: text.replace(/\0[^]*$/, '') };
        await bytes.skip(paddingOf(header.size)).catch(damage);
        continue;
      }
      const { path: name = header.name, size = header.size } = said;
      said = {};
      if (!Number.isSafeInteger(size)) throw fault(`a size of ${size} bytes`);
      last = JSON.stringify(name);
      // Old archives have folders by the last character of their names.
      const kind = type !== '5' && name.endsWith('/') ? 'folder' : (KINDS.get(type) ?? 'special');
      let left = size;
      async function* contents(): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const part = await bytes.some(left).catch(damage);
          if (part === undefined) throw fault(`it ends ${left} bytes before the entry does`);
          left -= part.length;
          yield part;
        }
      }
      yield { name, kind, size, start, chunks: contents() };
      const missing = await bytes.skip(left + paddingOf(size)).catch(damage);
      // What is missing of the last entry's padding is no loss.
      if (missing > paddingOf(size)) throw fault('it ends within the entry');
    }
    // Behind its end there may be anything; what gzip says at its own end is heard.
    await bytes.skip(Infinity).catch(damage);
  } finally {
    await bytes.close();
  }
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** What a block says; in words what is wrong with it. */
function headerOf(block: Uint8Array): Header | string {
  if (block.length < BLOCK) return `a header of ${block.length} bytes`;
  const field = (start: number, length: number): Uint8Array => block.subarray(start, start + length);
  const text = (start: number, length: number): string => textOf(field(start, length)).replace(/\0[^]*$/, '');
  // The sum of all bytes, its own field being blanks.
  const sum = block.reduce((total, byte) => total + byte, 0) - field(148, 8).reduce((a, b) => a + b, 0) + 8 * 32;
  if (numberOf(field(148, 8)) !== sum) return 'a header whose checksum is wrong';
  const size = numberOf(field(124, 12));
  if (!Number.isSafeInteger(size) || size < 0) return `a size of ${size} bytes`;
  const isPosix = text(257, 6) === 'ustar';
  const prefix = isPosix ? text(345, 155) : '';
  const type = String.fromCharCode(block[156]!);
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, type, size };
}

/** A number in octal digits, or, where the first bit is set, in base 256. */
function numberOf(field: Uint8Array): number {
  if (field[0]! & 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0]! & 0x7f);
  const digits = textOf(field)
    .replace(/\0[^]*$/, '')
    .trim();
  return /^[0-7]*$/.test(digits) ? parseInt(digits || '0', 8) : NaN;
}

/** Records `<length> <key>=<value>\n`, of which those that matter are read. */
function attributesOf(text: string): { path?: string; size?: number } {
  const path = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1];
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(text)?.[1];
  return { ...(path !== undefined && { path }), ...(size !== undefined && { size: Number(size) }) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** What is left of bytes that come piece by piece. */
class Unread {
  /** Bytes that were taken. */
  position = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, at most so many; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) return undefined;
      this.rest = next.value;
    }
    const part = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(part.length);
    this.position += part.length;
    return part;
  }

  /** The next bytes, fewer only at the end. */
  async exactly(length: number): Promise<Uint8Array> {
    const first = await this.some(length);
    if (first === undefined || first.length === length) return first ?? new Uint8Array();
    const whole = new Uint8Array(length);
    whole.set(first);
    let at = first.length;
    while (at < length) {
      const part = await this.some(length - at);
      if (part === undefined) return whole.subarray(0, at);
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** Passes over bytes, and returns how many of them were not there. */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const part = await this.some(left);
      if (part === undefined) break;
      left -= part.length;
    }
    return left;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }
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
