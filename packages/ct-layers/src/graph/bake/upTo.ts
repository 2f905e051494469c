/**
 * A graph that ends at one of its nodes: nothing behind it is written, nor the weights that only that wanted.
 */
import type { ClassifierMeta } from '@curvature-tuning/data';
import { META_KEY } from '@curvature-tuning/data';
import { ancestors } from '../rewrite/featureNodes.js';
import { GraphIndex, nodeName, without } from '../read/graphDef.js';
import type { GraphArtifacts } from '../read/graphSource.js';
import { GraphWeights } from '../read/graphWeights.js';

type Signature = Record<string, object>;

/**
 * The artifacts of the graph up to a node's values, the model's one output.
 *
 * @param name What the signature calls the output.
 * @param meta What the model says of itself, in its `userDefinedMetadata`.
 */
export function upTo(artifacts: GraphArtifacts, output: string, name: string, meta: ClassifierMeta): GraphArtifacts {
  const { modelTopology, weightSpecs, weightData, userDefinedMetadata, signature } = artifacts;
  const kept = ancestors(new GraphIndex(modelTopology.node), output);
  // What is fed in stays an input, read or not.
  const isKept = (node: { name: string; op: string }): boolean => kept.has(node.name) || node.op === 'Placeholder';
  const node = modelTopology.node.filter(isKept);
  const weights = new GraphWeights('bake', weightSpecs, weightData);
  // Weights of functions and of an initializer are no nodes of the graph.
  const dropped = new Set(modelTopology.node.filter((other) => !isKept(other)).map((other) => other.name));
  const specs = weightSpecs.filter((spec) => !dropped.has(spec.name));
  // Names of outputs that there are no longer.
  const metadata = without((userDefinedMetadata ?? {}) as Record<string, object>, 'structuredOutputKeys') as Record<
    string,
    object
  >;
  const outputs = { [name]: { name: output.includes(':') ? output : `${nodeName(output)}:0` } };
  const given = (metadata['signature'] ?? signature) as Signature | undefined;
  const ended: Signature = { ...given, outputs };
  return {
    ...artifacts,
    modelTopology: { ...modelTopology, node },
    weightSpecs: specs,
    weightData: specs.map((spec) => weights.bytes(spec.name)),
    ...(metadata['signature'] === undefined && { signature: ended }),
    userDefinedMetadata: {
      ...metadata,
      ...(metadata['signature'] !== undefined && { signature: ended }),
      ...(Object.keys(meta).length > 0 && { [META_KEY]: meta }),
    },
  };
}
