/**
 * Unpacks gzip as it arrives.
 */

/** The unpacked bytes. jsdom, in which Jest can run tests, has none of the streams: there they are Node's own. */
export function gunzip(packed: Uint8Array): ReadableStream<Uint8Array> {
  // The copy pins the type: a Blob takes no view of shared memory.
  if (typeof DecompressionStream !== 'undefined')
    return new Blob([new Uint8Array(packed)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const { Blob: NodeBlob } = process.getBuiltinModule('node:buffer');
  const { DecompressionStream: NodeDecompressionStream } = process.getBuiltinModule('node:stream/web');
  return new NodeBlob([new Uint8Array(packed)])
    .stream()
    .pipeThrough(new NodeDecompressionStream('gzip')) as unknown as ReadableStream<Uint8Array>;
}
