/**
 * Reads a GraphModel's artifacts: topology and weights, before tfjs makes tensors of them.
 */
import { io } from '@tensorflow/tfjs-core';
import type { GraphDef } from './graphDef.js';
import { without } from './graphDef.js';

/** Where a GraphModel comes from: a URL, an IO handler, or the artifacts themselves. */
export type GraphSource = string | io.IOHandler | io.ModelArtifacts;

/** Artifacts whose topology is a graph and whose weights are in memory. */
export interface GraphArtifacts extends io.ModelArtifacts {
  modelTopology: GraphDef;
  weightSpecs: io.WeightsManifestEntry[];
  weightData: io.WeightData;
}

/**
 * Loads a source. The artifacts are never changed afterwards.
 *
 * @throws Error when nothing can load it, or when it is no GraphModel.
 */
export async function loadArtifacts(caller: string, source: GraphSource): Promise<GraphArtifacts> {
  const artifacts = typeof source === 'object' && 'modelTopology' in source ? source : await handlerOf(caller, source as string | io.IOHandler).load!();
  const { modelTopology: topology, weightSpecs = [] } = artifacts;
  if (topology === undefined || !Array.isArray((topology as Partial<GraphDef>).node)) {
    const cure = topology !== undefined && 'model_config' in topology ? 'this is a LayersModel: use replaceActivations' : 'pass a model that tensorflowjs_converter wrote as tfjs_graph_model';
    throw new Error(`${caller}: expected a GraphModel, whose topology lists nodes, got none; ${cure}`);
  }
  const weightData = artifacts.weightData ?? (artifacts.getWeightStream && (await allChunks(artifacts.getWeightStream())));
  if (weightData === undefined && weightSpecs.length > 0) throw new Error(`${caller}: the source has ${weightSpecs.length} weights but no data for them; load it with its weights`);
  // The stream is spent now, and would hide the data from tfjs.
  return { ...without(artifacts, 'getWeightStream'), modelTopology: topology as GraphDef, weightSpecs, weightData: weightData ?? new ArrayBuffer(0) };
}

function handlerOf(caller: string, source: string | io.IOHandler): io.IOHandler {
  if (typeof source !== 'string') {
    if (typeof source?.load !== 'function') throw new TypeError(`${caller}: source must be a URL, an IO handler with load(), or model artifacts, got ${source === null ? 'null' : typeof source}`);
    return source;
  }
  const handlers = io.getLoadHandlers(source);
  if (handlers.length > 1) throw new Error(`${caller}: ${handlers.length} IO handlers can load "${source}"; pass the one to use`);
  // As tfjs does: what no handler claims is a path relative to the page.
  return handlers[0] ?? io.browserHTTPRequest(source);
}

async function allChunks(stream: ReadableStream<ArrayBuffer>): Promise<ArrayBuffer> {
  const chunks: ArrayBuffer[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    // A fetched body comes as views, whatever the type says; this copies either.
    chunks.push(new Uint8Array(next.value).slice().buffer);
  }
  return io.CompositeArrayBuffer.join(chunks);
}
