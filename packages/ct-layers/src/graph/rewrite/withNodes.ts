/**
 * Artifacts with another graph, and what surgery needs to know about the present one's.
 */
import type { GraphConstants } from './graphConstants.js';
import type { GraphNode } from '../read/graphDef.js';
import { nodeName } from '../read/graphDef.js';
import type { GraphArtifacts } from '../read/graphSource.js';
import type { GraphWeights } from '../read/graphWeights.js';

/** Artifacts with other nodes and some constants more; the weights' bytes are shared, not copied. */
export function withNodes(artifacts: GraphArtifacts, nodes: GraphNode[], constants: GraphConstants): GraphArtifacts {
  // An empty last part, for tfjs misreads lists whose last part is the largest.
  const data = [...[artifacts.weightData].flat(), ...constants.data, new ArrayBuffer(0)];
  return {
    ...artifacts,
    modelTopology: { ...artifacts.modelTopology, node: nodes },
    weightSpecs: [...artifacts.weightSpecs, ...constants.specs],
    weightData: constants.data.length === 0 ? artifacts.weightData : data,
  };
}

interface Signature {
  outputs?: Record<string, { name?: string }> | null;
}

/** The names of the nodes that a model's signature calls its outputs; none where it has no signature. */
export function outputNames({ signature, userDefinedMetadata }: GraphArtifacts): Set<string> {
  const { outputs } = ((userDefinedMetadata as { signature?: Signature } | undefined)?.signature ??
    signature ??
    {}) as Signature;
  return new Set(Object.values(outputs ?? {}).map(({ name = '' }) => nodeName(name)));
}

/** Tells whether an input is a constant that is zero. */
export function zeroConstants(weights: GraphWeights): (input: string) => boolean {
  return (input) => {
    const spec = weights.specs.get(nodeName(input));
    if (spec === undefined || spec.quantization !== undefined) return false;
    return new Uint8Array(weights.bytes(spec.name)).every((byte) => byte === 0);
  };
}
