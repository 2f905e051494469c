/**
 * Reads a GraphModel's artifacts: topology and weights, before tfjs makes tensors of them.
 */
import type { Schema } from '@curvature-tuning/checks';
import { matching } from '@curvature-tuning/checks';
import { io } from '@tensorflow/tfjs-core';
import { modelKind } from '../../model/modelKind.js';
import { checkGraph, shown } from './checkGraph.js';
import type { GraphDef } from './graphDef.js';
import { without } from './graphDef.js';
import { GraphWeights } from './graphWeights.js';

/** Where a GraphModel comes from: a URL, an IO handler, or the artifacts themselves. */
export type GraphSource = string | io.IOHandler | io.ModelArtifacts;

/** What `loadArtifacts` takes. */
export const graphSource: Schema<GraphSource> = matching(
  (value): value is GraphSource => notASource(value) === undefined,
  {
    expects: 'a URL, an IO handler with load() or model artifacts',
    got: (value) => notASource(value)!,
  },
);

/** What came in place of a source, and what to do. */
function notASource(value: unknown): string | undefined {
  const { kind, what, cure } = modelKind(value);
  if (kind === 'graphModel') return `${what}; pass the URL, IO handler or artifacts that it was loaded from`;
  if (kind === 'layersModel' || kind === 'steeredLayers') return `${what}; use replaceActivations`;
  if (kind === 'steeredGraph') return `${what}; it has its curvature already`;
  if (value === '') return 'an empty text; pass where the model lies';
  if (typeof value === 'string') return undefined;
  if (what === 'a Promise') return `${what}; ${cure}`;
  const isSource =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ('modelTopology' in value || ('load' in value && typeof value.load === 'function'));
  return isSource ? undefined : `${what}; pass where the model lies`;
}

/** Artifacts whose topology is a graph and whose weights are in memory. */
export interface GraphArtifacts extends io.ModelArtifacts {
  modelTopology: GraphDef;
  weightSpecs: io.WeightsManifestEntry[];
  weightData: io.WeightData;
}

/**
 * Loads a source. The artifacts are never changed afterwards.
 *
 * @throws Error when nothing can load it, when it is no GraphModel, or a malformed one; TypeError when it loads no
 * artifacts.
 */
export async function loadArtifacts(caller: string, source: GraphSource): Promise<GraphArtifacts> {
  const artifacts = await read(caller, source);
  if (typeof artifacts !== 'object' || artifacts === null)
    throw new TypeError(`${caller}: expected the source to load model artifacts, got ${shown(artifacts)}`);
  const { modelTopology: topology, weightSpecs: specs } = artifacts;
  if (typeof topology !== 'object' || topology === null || !Array.isArray((topology as Partial<GraphDef>).node)) {
    const cure =
      typeof topology === 'object' && topology !== null && 'model_config' in topology
        ? 'this is a LayersModel: use replaceActivations'
        : 'pass a model that tensorflowjs_converter wrote as tfjs_graph_model';
    throw new Error(`${caller}: expected a GraphModel, whose topology lists nodes, got none; ${cure}`);
  }
  if (specs == null && 'weightsManifest' in artifacts)
    throw new Error(
      `${caller}: the source is what model.json says, without the weights that it lists; pass its URL, or ` +
        'an IO handler that loads them too',
    );
  const weightSpecs = specs ?? [];
  if (!Array.isArray(weightSpecs))
    throw new TypeError(`${caller}: weightSpecs must be a list, got ${shown(weightSpecs)}`);
  const data = artifacts.weightData ?? (artifacts.getWeightStream && (await allChunks(caller, artifacts)));
  if (data == null && weightSpecs.length > 0)
    throw new Error(
      `${caller}: the source has ${weightSpecs.length} weights but no data for them; load it with its weights`,
    );
  // The stream is spent now, and would hide the data from tfjs.
  const graph = { ...without(artifacts, 'getWeightStream'), modelTopology: topology as GraphDef, weightSpecs };
  checkGraph(caller, graph);
  const weightData = parts(caller, data ?? new ArrayBuffer(0));
  return { ...graph, weightData: new GraphWeights(caller, weightSpecs, weightData).trimmed(weightData) };
}

async function read(caller: string, source: GraphSource): Promise<io.ModelArtifacts> {
  if (isArtifacts(source)) return source;
  try {
    return await handlerOf(source).load!();
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? 'what came is no JSON' : error instanceof Error ? error.message : String(error);
    throw new Error(
      `${caller}: ${typeof source === 'string' ? `"${source}"` : 'the IO handler'} could not load the model: ${reason}`,
      { cause: error },
    );
  }
}

function isArtifacts(source: GraphSource): source is io.ModelArtifacts {
  return typeof source === 'object' && 'modelTopology' in source;
}

function handlerOf(source: string | io.IOHandler): io.IOHandler {
  if (typeof source !== 'string') return source;
  const handlers = io.getLoadHandlers(source);
  if (handlers.length > 1) throw new Error(`${handlers.length} IO handlers can load it; pass the one to use`);
  // As tfjs does: what no handler claims is a path relative to the page.
  return handlers[0] ?? io.browserHTTPRequest(source);
}

async function allChunks(caller: string, { getWeightStream }: io.ModelArtifacts): Promise<ArrayBuffer> {
  const chunks: ArrayBuffer[] = [];
  try {
    const reader = getWeightStream!().getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      // A fetched body comes as views, whatever the type says; this copies either.
      chunks.push(new Uint8Array(next.value).slice().buffer);
    }
  } catch (error) {
    throw new Error(
      `${caller}: the stream of weights broke off: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return io.CompositeArrayBuffer.join(chunks);
}

/** Weights as tfjs reads them rightly: whole buffers, and a list that it does not take for one of equal parts. */
function parts(caller: string, data: unknown): io.WeightData {
  const whole = (part: unknown): ArrayBuffer => {
    if (ArrayBuffer.isView(part)) {
      // tfjs would read all of the buffer behind a view.
      return part.byteLength === part.buffer.byteLength
        ? (part.buffer as ArrayBuffer)
        : (part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer);
    }
    // By name: a buffer of another realm, such as Jest's, is no instance of this one's class.
    if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(part))) return part as ArrayBuffer;
    throw new TypeError(
      `${caller}: weightData must be an ArrayBuffer or a list of them, got ` +
        `${Array.isArray(data) ? `a list with ${shown(part)}` : shown(part)}`,
    );
  };
  if (!Array.isArray(data)) return whole(data);
  const buffers = data.map(whole);
  // tfjs takes a list for one of equal parts when all but the last are equal, even if the last is larger than they are;
  // an empty last part keeps it from that.
  return buffers.length < 2 ? (buffers[0] ?? new ArrayBuffer(0)) : [...buffers, new ArrayBuffer(0)];
}
