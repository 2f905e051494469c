/**
 * Makes a GraphModel of artifacts in memory, without leaving anything behind where that fails.
 */
import { io, tidy } from '@tensorflow/tfjs-core';
import { GraphModel } from '@tensorflow/tfjs-converter';
import type { GraphDef, GraphNode } from './graphDef.js';
import type { GraphArtifacts } from './graphSource.js';
import { malformed } from './nodeAttributes.js';

/** A loaded model; the caller disposes of it. */
export function loadGraph(caller: string, artifacts: GraphArtifacts): GraphModel {
  const model = new GraphModel(io.fromMemory(artifacts));
  fill(caller, model, artifacts);
  return model;
}

/**
 * Loads artifacts into a model that has none yet.
 *
 * @throws Error that names the node and the attribute that tfjs cannot read.
 */
export function fill(caller: string, model: GraphModel<io.IOHandler>, artifacts: GraphArtifacts): void {
  try {
    // tfjs makes the weights before it reads the graph; what it has made when it fails goes with the tidy.
    tidy(() => {
      model.loadSync({ ...artifacts, modelTopology: copied(artifacts.modelTopology) });
      return model.weights;
    });
  } catch (error) {
    const nodes = [
      ...artifacts.modelTopology.node,
      ...(artifacts.modelTopology.library?.function ?? []).flatMap(({ nodeDef }) => nodeDef ?? []),
    ];
    const node = nodes.find((candidate) => !isReadable(candidate));
    if (node !== undefined) {
      const name = Object.keys(node.attr ?? {}).find(
        (key) => !isReadable({ ...node, attr: { [key]: node.attr![key]! } }),
      );
      throw malformed(node, name ?? '', 'what tfjs reads for this op');
    }
    const isOfEngine = error instanceof TypeError || error instanceof ReferenceError;
    throw new Error(
      `${caller}: tfjs cannot load the ` +
        `graph${isOfEngine || !(error instanceof Error) ? '' : `: ${error.message}`}; convert it again with ` +
        'tensorflowjs_converter',
      { cause: error },
    );
  }
}

/** The same graph in nodes of its own: tfjs adds attributes where there are none. */
function copied(graph: GraphDef): GraphDef {
  const copies = (nodes: readonly GraphNode[]): GraphNode[] => nodes.map((node) => ({ ...node }));
  const functions = graph.library?.function;
  return {
    ...graph,
    node: copies(graph.node),
    ...(functions && {
      library: {
        ...graph.library,
        function: functions.map((body) => ({ ...body, ...(body.nodeDef && { nodeDef: copies(body.nodeDef) }) })),
      },
    }),
  };
}

/** Whether tfjs can read a node by itself. */
function isReadable(node: GraphNode): boolean {
  try {
    const modelTopology = { node: [{ ...node, input: [] }], versions: {} };
    return new GraphModel(io.fromMemory({ modelTopology })).loadSync({
      modelTopology,
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    });
  } catch {
    return false;
  }
}
