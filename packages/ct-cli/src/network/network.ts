/**
 * The network that `--model` names, loaded, and what it takes of an image.
 */
import { inNameOf, nearest } from '@curvature-tuning/checks';
import type { ClassifierMeta, Preprocessing } from '@curvature-tuning/data';
import { classifierMetaOf } from '@curvature-tuning/data';
import { graphFeatures, replaceGraphActivations } from '@curvature-tuning/layers/graph';
import type { Pooling, SteerableGraphModel } from '@curvature-tuning/layers/graph';
import { loadPretrained, pretrainedWeights, registerLayers } from '@curvature-tuning/models';
import type { LayersModel } from '@tensorflow/tfjs';
import { io, loadLayersModel } from '@tensorflow/tfjs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../options/usageError.js';
import { remark } from '../terminal/terminal.js';
import { isAddress, readModelFiles } from './modelFiles.js';
import type { ModelFormat } from './modelFiles.js';
import type { Preset } from './presets.js';
import { presets } from './presets.js';

/** What the user says of a network. */
export interface NetworkRequest {
  /** A name of ct-models, or a path or URL of model.json. */
  model: string;
  /** A file of weights, for a name whose weights are not in ct-models. */
  weights?: string | undefined;
  /** Of a GraphModel, the node that the features are. Default: what its head gets. */
  feature?: string | undefined;
  /** How that node's values are pooled. Default: as the graph's head does. */
  pooling?: Pooling | 'none' | undefined;
  /** Default: what the model says of itself, else values in [0, 1]. */
  preprocess?: Preset | undefined;
  /** `[height, width]`, for a model that takes images of any. */
  size?: readonly [height: number, width: number] | undefined;
}

/** A network, loaded, whatever it takes. */
export interface LoadedNetwork {
  /** As it was named. */
  name: string;
  format: ModelFormat;
  /**
   * What is adapted: of a GraphModel its features, with a CT unit for each channel at the network's own curvature. The
   * network owns it.
   */
  model: LayersModel;
  /** The graph with these units, of a GraphModel. */
  graph?: SteerableGraphModel | undefined;
  /** What the model says of itself. */
  meta: ClassifierMeta;
  /** What the model or ct-models says of its images. */
  ownPreprocessing?: Preset | undefined;
  dispose: () => void;
}

/** What becomes of an image. */
export interface ImageInput {
  preprocessing: Preprocessing;
  /** Who says so: the option, the model or ct-models, or nobody. */
  preprocessingFrom: 'option' | 'model' | 'nobody';
}

/** A network that takes images, loaded. */
export type Network = LoadedNetwork & ImageInput;

/** The full name of weights of ct-models; `resnet18` is the only one of its architecture. */
export function pretrainedName(model: string): string | undefined {
  const names = Object.keys(pretrainedWeights);
  const all = names.filter((name) => name === model || name.startsWith(`${model}.`));
  return all.length === 1 ? all[0] : undefined;
}

/**
 * Loads a network that takes images. Its memory is that of the backend that is set.
 *
 * @throws UsageError where the request cannot be met, with what can; Error where a file is damaged.
 */
export async function loadNetwork(request: NetworkRequest, signal: AbortSignal): Promise<Network> {
  const loaded = await loadAnyNetwork(request, signal);
  try {
    return { ...loaded, ...imageInput(loaded, request) };
  } catch (error) {
    loaded.dispose();
    throw error;
  }
}

/** As `loadNetwork`, whatever the network takes. */
export async function loadAnyNetwork(request: NetworkRequest, signal: AbortSignal): Promise<LoadedNetwork> {
  const name = pretrainedName(request.model);
  signal.throwIfAborted();
  if (name !== undefined) return named(name, request, signal);
  const isName = !isAddress(request.model) && !/[/\\]/.test(request.model);
  if (isName && !(await isThere(request.model)))
    throw new UsageError(
      `--model must be a name that ct models list has, or a path or URL of model.json; got "${request.model}", near ` +
        nearest(request.model, Object.keys(pretrainedWeights)).join(', '),
    );
  if (request.weights !== undefined)
    throw new UsageError('--weights goes with a name of ct-models; a model.json lists its own, leave it out');
  const { format, artifacts } = await readModelFiles(request.model, signal);
  const meta = inNameOf('--model', 'classifierMetaOf', () => classifierMetaOf(artifacts.userDefinedMetadata));
  return format === 'GraphModel' ? ofGraph(request, artifacts, meta) : ofLayers(request, artifacts, meta);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function named(name: string, request: NetworkRequest, signal: AbortSignal): Promise<LoadedNetwork> {
  refuseGraphOptions(request);
  const { weights } = request;
  const from = weights === undefined ? undefined : isAddress(weights) ? weights : await weightsAt(weights);
  let isAnnounced = false;
  const onProgress = ({ total }: { total: number | null }): void => {
    if (!isAnnounced) remark(`downloading ${name}${total === null ? '' : ` (${(total / 1e6).toFixed(1)} MB)`}`);
    isAnnounced = true;
  };
  const model = await inNameOf(`--model ${name}`, 'loadPretrained', () =>
    loadPretrained(name, from === undefined ? { signal, onProgress } : { from, sha256: null, signal }),
  ).catch((cause: unknown) => {
    // A download that failed: a file that is there already would do.
    if (from !== undefined || !(cause instanceof Error && cause.message.includes('could not fetch'))) throw cause;
    throw new Error(`${cause.message}\nget the file elsewhere, and pass --weights FILE`, { cause });
  });
  const dispose = (): void => void model.dispose();
  return { name, format: 'LayersModel', model, meta: {}, ownPreprocessing: presets[name], dispose };
}

async function weightsAt(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(resolve(path)));
  } catch (cause) {
    throw new UsageError(
      `--weights must be a file of weights, "${path}" cannot be read (${(cause as NodeJS.ErrnoException).code})`,
    );
  }
}

async function ofLayers(
  request: NetworkRequest,
  artifacts: io.ModelArtifacts,
  meta: ClassifierMeta,
): Promise<LoadedNetwork> {
  refuseGraphOptions(request);
  registerLayers();
  let model: LayersModel;
  try {
    model = await loadLayersModel(io.fromMemory(artifacts));
  } catch (cause) {
    const { message } = cause as Error;
    const cure = message.startsWith('Unknown layer')
      ? 'ct knows the layers of TensorFlow.js and of these packages; convert the model to a GraphModel'
      : 'convert or save the model again';
    throw new Error(`--model: "${request.model}" cannot be loaded: ${message}; ${cure}`, { cause });
  }
  const dispose = (): void => void model.dispose();
  return { name: request.model, format: 'LayersModel', model, meta, ownPreprocessing: meta.preprocessing, dispose };
}

async function ofGraph(
  request: NetworkRequest,
  artifacts: io.ModelArtifacts,
  meta: ClassifierMeta,
): Promise<LoadedNetwork> {
  const graph = await curvedGraph(artifacts);
  try {
    const { feature, pooling } = request;
    const model = inOptions(() => graphFeatures(graph, { output: feature, pooling }));
    const dispose = (): void => {
      model.dispose();
      graph.model.dispose();
    };
    const ownPreprocessing = meta.preprocessing;
    return { name: request.model, format: 'GraphModel', model, graph, meta, ownPreprocessing, dispose };
  } catch (error) {
    graph.model.dispose();
    throw error;
  }
}

/** A graph with curvature in its ReLUs and their kin or, where it has none, in its SiLUs, which start as themselves. */
async function curvedGraph(artifacts: io.ModelArtifacts): Promise<SteerableGraphModel> {
  const options = { sharing: 'channel', trainable: true } as const;
  try {
    return await replaceGraphActivations(artifacts, options);
  } catch (error) {
    return replaceGraphActivations(artifacts, { ...options, kinds: ['silu'] }).catch(() => {
      throw error;
    });
  }
}

/** Says what `graphFeatures` proposes in the words of the command line. */
function inOptions<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const { message } = cause as Error;
    const said = message
      .replace(/\{output: '([^']*)'(?:, pooling: '(\w+)')?\}/g, (_, node: string, pooling?: string) =>
        pooling === undefined ? `--feature ${node}` : `--feature ${node} --pooling ${pooling}`,
      )
      .replace('leave {pooling} out', 'leave --pooling out');
    throw new UsageError(said, { cause });
  }
}

function refuseGraphOptions({ model, feature, pooling }: NetworkRequest): void {
  if (feature !== undefined || pooling !== undefined)
    throw new UsageError(
      `--${feature === undefined ? 'pooling' : 'feature'} names a node of a GraphModel, "${model}" has layers; ` +
        'leave it out',
    );
}

/**
 * What becomes of an image on its way into a network.
 *
 * @throws UsageError where the network takes no images, or of any size and `--size` names none.
 */
export function imageInput({ model, ownPreprocessing }: LoadedNetwork, request: NetworkRequest): ImageInput {
  const { preprocess } = request;
  const preprocessing = { ...(preprocess ?? ownPreprocessing ?? {}), inputSize: inputSizeOf(model, request) };
  const preprocessingFrom = preprocess !== undefined ? 'option' : ownPreprocessing !== undefined ? 'model' : 'nobody';
  return { preprocessing, preprocessingFrom };
}

/** The size of the images that a model takes. @throws UsageError where it takes none, or where `--size` is needed. */
function inputSizeOf({ inputs }: LayersModel, { model, size }: NetworkRequest): Preprocessing['inputSize'] {
  const shape = inputs[0]!.shape.slice(1);
  const [height, width, channels] = shape;
  const shown = `[${shape.map((side) => side ?? 'any').join(', ')}]`;
  if (inputs.length !== 1) throw new UsageError(`--model must take one image, "${model}" has ${inputs.length} inputs`);
  if (inputs[0]!.dtype !== 'float32')
    throw new UsageError(`--model must take float32 images, "${model}" takes ${inputs[0]!.dtype}`);
  if (shape.length !== 3 || !(channels === 1 || channels === 3))
    throw new UsageError(
      `--model must take images [height, width, channels] of 1 or 3 channels, "${model}" takes ${shown}` +
        (shape.length === 3 && (height === 1 || height === 3) ? '; convert it with the channels last' : ''),
    );
  const open = height === null || width === null;
  if (open && size === undefined)
    throw new UsageError(`--model "${model}" takes images of any size, ${shown}; choose one: --size 224x224`);
  const [rows, columns] = size ?? [height!, width!];
  if ((height !== null && rows !== height) || (width !== null && columns !== width))
    throw new UsageError(`--size must be ${height ?? 'any'}x${width ?? 'any'} for "${model}", got ${rows}x${columns}`);
  return [rows, columns, channels];
}
