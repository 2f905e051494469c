/**
 * Reads an IDX file as it lies on disk or arrives from a server, gzipped or not.
 */
import { bytes as bytesSchema, check, options as optionsOf, text, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { chunksOf, sourceOf } from './byteSource.js';
import { DamagedFileError } from './damagedFile.js';
import { inflate } from './inflate.js';
import { parseIdx, parseIdxHeader } from './idx.js';
import type { IdxArray } from './idx.js';

/** Limits of {@link readIdx}. */
export interface ReadIdxOptions {
  /** What the file is called in errors. */
  readonly source?: string | undefined;
  /** The most bytes it may unpack to; 1 GiB unless told. */
  readonly maxBytes?: number | undefined;
}

export const readIdxArguments: Entries<{ bytes: Uint8Array; options: ReadIdxOptions }> = {
  bytes: bytesSchema,
  options: optionsOf<ReadIdxOptions>({ source: text, maxBytes: whole({ min: 1 }) }),
};

/**
 * Reads an IDX file that may be gzipped, which its first two bytes tell and not its name.
 *
 * Unpacking stops as soon as more arrives than the IDX header announces, so that neither a lying header nor a
 * gzip bomb takes more memory than `maxBytes`.
 *
 * @throws DamagedFileError when the file is not IDX, is truncated or has trailing bytes, with the byte, of the unpacked
 * file where it is gzipped, and when its gzip stream is damaged; RangeError when it announces more than `maxBytes`.
 */
export async function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): Promise<IdxArray> {
  check('readIdx', readIdxArguments, { bytes, options });
  const { source = 'the file', maxBytes = 2 ** 30 } = options;
  // The magic number of gzip, RFC 1952. An IDX file begins with two zero bytes.
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseIdx(gzipped ? await gunzipIdx(bytes, source, maxBytes) : bytes, source);
}

async function gunzipIdx(packed: Uint8Array, source: string, maxBytes: number): Promise<Uint8Array> {
  const unpacked = inflate(chunksOf(sourceOf(packed, source)), 'gzip');
  const chunks: Uint8Array[] = [];
  let received = 0;
  let announced: number | undefined;
  try {
    for (;;) {
      const { done, value } = await nextChunk(unpacked, source, received);
      if (done === true) break;
      chunks.push(value);
      received += value.length;
      announced ??= parseIdxHeader(concatenate(chunks, received), source)?.length;
      if (announced === undefined) continue;
      if (announced > maxBytes) {
        throw new RangeError(
          `readIdx: ${source} announces ${announced} bytes, more than the ${maxBytes} allowed; raise maxBytes ` +
            'if it is right',
        );
      }
      if (received > announced) {
        throw new DamagedFileError('readIdx', {
          file: source,
          offset: announced,
          fault: `it has trailing bytes: its header calls for ${announced} bytes`,
        });
      }
    }
  } finally {
    // Nobody waits for the rest.
    await unpacked.return(undefined);
  }
  return concatenate(chunks, received);
}

async function nextChunk(
  unpacked: AsyncGenerator<Uint8Array>,
  source: string,
  received: number,
): Promise<IteratorResult<Uint8Array, unknown>> {
  try {
    return await unpacked.next();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const fault = `its gzip stream cannot be unpacked (${reason})`;
    throw new DamagedFileError('readIdx', { file: source, offset: received, fault }, { cause });
  }
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
