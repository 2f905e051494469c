/**
 * Artifacts with another graph, and what surgery needs to know about the present one's.
 */
import { io } from '@tensorflow/tfjs-core';
import type { GraphConstants } from './graphConstants.js';
import type { GraphNode } from './graphDef.js';
import { nodeName } from './graphDef.js';
import type { GraphArtifacts } from './graphSource.js';

/** Artifacts with other nodes and some constants more; the weights' bytes are shared, not copied. */
export function withNodes(artifacts: GraphArtifacts, nodes: GraphNode[], constants: GraphConstants): GraphArtifacts {
  // tfjs takes a list for one of equal parts when all but the last are equal, even if the last is larger than they are;
  // an empty last part keeps it from that.
  const data = [...[artifacts.weightData].flat(), ...constants.data, new ArrayBuffer(0)];
  return {
    ...artifacts,
    modelTopology: { ...artifacts.modelTopology, node: nodes },
    weightSpecs: [...artifacts.weightSpecs, ...constants.specs],
    weightData: constants.data.length === 0 ? artifacts.weightData : data,
  };
}

interface Signature {
  outputs?: Record<string, { name?: string }>;
}

/** The names of the nodes that a model's signature calls its outputs; none where it has no signature. */
export function outputNames({ signature, userDefinedMetadata }: GraphArtifacts): Set<string> {
  const { outputs = {} } = ((userDefinedMetadata as { signature?: Signature } | undefined)?.signature ?? signature ?? {}) as Signature;
  return new Set(Object.values(outputs).map(({ name = '' }) => nodeName(name)));
}

/** Tells whether an input is a constant scalar that is zero. */
export function zeroConstants({ weightSpecs, weightData }: GraphArtifacts): (input: string) => boolean {
  const byteRanges = weightRanges(weightSpecs, weightData);
  const bytes = new io.CompositeArrayBuffer(weightData);
  return (input) => {
    const spec = weightSpecs.find(({ name }) => name === nodeName(input));
    const range = byteRanges.get(nodeName(input));
    if (spec === undefined || range === undefined || spec.quantization !== undefined) return false;
    return new Uint8Array(bytes.slice(...range)).every((byte) => byte === 0);
  };
}

const BYTES: Record<string, number> = { float32: 4, int32: 4, complex64: 8, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/** Where the bytes of each weight lie: [first, end). */
export function weightRanges(specs: readonly io.WeightsManifestEntry[], data: io.WeightData): Map<string, [first: number, end: number]> {
  const bytes = new io.CompositeArrayBuffer(data);
  let offset = 0;
  return new Map(
    specs.map(({ name, shape, dtype, quantization }) => {
      const first = offset;
      const size = shape.reduce((a, b) => a * b, 1);
      if (dtype === 'string') {
        // Each string is its length, 4 bytes little-endian, and its bytes.
        for (let i = 0; i < size; i++) offset += 4 + new DataView(bytes.slice(offset, offset + 4)).getUint32(0, true);
      } else {
        offset += size * BYTES[quantization?.dtype ?? dtype]!;
      }
      return [name, [first, offset]];
    }),
  );
}
