/**
 * Reads a GraphModel's artifacts: topology and weights, before tfjs makes tensors of them.
 */
import { io } from '@tensorflow/tfjs-core';
import { modelKind } from '../modelKind.js';
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
  const artifacts = await read(caller, source);
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

async function read(caller: string, source: GraphSource): Promise<io.ModelArtifacts> {
  const { kind, what, cure } = modelKind(source);
  const wrong = (got: string, repair: string): TypeError => new TypeError(`${caller}: source must be a URL, an IO handler with load() or model artifacts, got ${got}; ${repair}`);
  if (kind === 'graphModel') throw wrong(what, 'pass the URL, IO handler or artifacts that it was loaded from');
  if (kind === 'layersModel' || kind === 'steeredLayers') throw wrong(what, 'use replaceActivations');
  if (kind === 'steeredGraph') throw wrong(what, 'it has its curvature already');
  if (source === '') throw wrong('an empty text', 'pass where the model lies');
  if (typeof source !== 'string') {
    if (what === 'a Promise') throw wrong(what, cure);
    if (typeof source !== 'object' || source === null || Array.isArray(source)) throw wrong(what, 'pass where the model lies');
    if ('modelTopology' in source) return source;
    if (!('load' in source) || typeof source.load !== 'function') throw wrong(what, 'pass where the model lies');
  }
  try {
    return await handlerOf(source).load!();
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'what came is no JSON' : error instanceof Error ? error.message : String(error);
    throw new Error(`${caller}: ${typeof source === 'string' ? `"${source}"` : 'the IO handler'} could not load the model: ${reason}`, { cause: error });
  }
}

function handlerOf(source: string | io.IOHandler): io.IOHandler {
  if (typeof source !== 'string') return source;
  const handlers = io.getLoadHandlers(source);
  if (handlers.length > 1) throw new Error(`${handlers.length} IO handlers can load it; pass the one to use`);
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
