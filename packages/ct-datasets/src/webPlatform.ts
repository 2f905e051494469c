/**
 * Globals of browsers and Node that jsdom, in which Jest can run tests, does not pass on. There they are taken from Node.
 */

type Process = NodeJS.Process | undefined;

/** `TextEncoder` and `TextDecoder`. */
export function textCoders(): TextCoders {
  if (typeof TextDecoder !== 'undefined') return { TextEncoder, TextDecoder };
  return process.getBuiltinModule('node:util') as unknown as TextCoders;
}

interface TextCoders {
  readonly TextEncoder: new () => { encode(text: string): ReturnType<Uint8Array['slice']> };
  readonly TextDecoder: new () => { decode(bytes: Uint8Array): string };
}

/** Unpacks gzip. */
export function gunzipStream(packed: Uint8Array): ReadableStream<Uint8Array> {
  // The copy pins the type: a Blob takes no view of shared memory.
  if (typeof DecompressionStream !== 'undefined') return new Blob([new Uint8Array(packed)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const { Blob: NodeBlob } = process.getBuiltinModule('node:buffer');
  const { DecompressionStream: NodeDecompressionStream } = process.getBuiltinModule('node:stream/web');
  return new NodeBlob([new Uint8Array(packed)]).stream().pipeThrough(new NodeDecompressionStream('gzip')) as unknown as ReadableStream<Uint8Array>;
}

/** WebCrypto; undefined on pages that came over plain http from another machine. */
export function subtleCrypto(): SubtleCrypto | undefined {
  const own = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  return own ?? ((globalThis.process as Process)?.getBuiltinModule?.('node:crypto').webcrypto.subtle as SubtleCrypto | undefined);
}
