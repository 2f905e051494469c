/**
 * Unpacks deflate as it arrives, with the decompressor that Node and browsers bring.
 */

/** What deflate is wrapped in: gzip, zlib (`deflate`), or nothing. */
export type DeflateWrapping = 'gzip' | 'deflate' | 'deflate-raw';

/**
 * The unpacked bytes of what comes piece by piece. Leaving the loop early ends the reading, too.
 *
 * @throws what `chunks` throw, and the decompressor's error for a damaged stream.
 */
export async function* inflate(
  chunks: AsyncIterable<Uint8Array>,
  wrapping: DeflateWrapping,
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = decompressor(wrapping);
  const writer = writable.getWriter();
  const fed = feed(chunks, writer);
  // Whoever reads is told; a failure of the writing side alone is told at the end.
  fed.catch(() => undefined);
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await fed;
  } finally {
    await reader.cancel().catch(() => undefined);
    await writer.abort().catch(() => undefined);
  }
}

async function feed(chunks: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      await writer.ready;
      // What fails here fails the reading side as well.
      writer.write(chunk).catch(() => undefined);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

interface Decompressor {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** jsdom, in which Jest can run tests, has none of the streams: there they are Node's own. */
function decompressor(wrapping: DeflateWrapping): Decompressor {
  const Made =
    typeof DecompressionStream === 'undefined'
      ? process.getBuiltinModule('node:stream/web').DecompressionStream
      : DecompressionStream;
  // The types of Node and of browsers call the chunks by different names.
  return new Made(wrapping) as unknown as Decompressor;
}
