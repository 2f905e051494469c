/**
 * Bytes that need not be in memory: a file on a disk, a Blob of a browser, or an array.
 */

/** What large files are read from, piece by piece. */
export interface ByteSource {
  /** What it is called in errors. */
  readonly name: string;
  /** Number of bytes. */
  readonly size: number;
  /** The bytes from `start` to before `end`, both within the source; a copy or a view that nobody changes. */
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes that are in memory. */
export function sourceOf(bytes: Uint8Array, name: string): ByteSource {
  return { name, size: bytes.length, slice: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
}

// Large enough that asking costs little, small enough to hold.
const PIECE = 2 ** 18;

/** The bytes from `start` to before `end`, piece by piece. */
export async function* chunksOf(
  source: ByteSource,
  start: number = 0,
  end: number = source.size,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += PIECE) yield await source.slice(at, Math.min(end, at + PIECE));
}

/** All of what comes piece by piece; at most `limit` bytes, beyond which `tooMany` is thrown. */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  tooMany: () => Error,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw tooMany();
    parts.push(chunk);
  }
  const whole = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
