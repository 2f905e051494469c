/**
 * A network as attacks take it: with the head it came with or that of an adapter, and normalisation inside.
 */
import type { ClassifierMeta, Preprocessing } from '@curvature-tuning/data';
import { normalizationOf } from '@curvature-tuning/data';
import { outputKind, setOutputKind } from '@curvature-tuning/layers/model';
import type { ImageFunction } from '@curvature-tuning/robustbench';
import { normalized } from '@curvature-tuning/robustbench';
import type { LayersModel } from '@tensorflow/tfjs';
import { concat, reverse, tidy, zerosLike } from '@tensorflow/tfjs';
import type { AdaptedNetwork, AdapterRequest } from '../adapter/adaptedNetwork.js';
import { adaptedNetwork } from '../adapter/adaptedNetwork.js';
import { readAdapter } from '../adapter/adapterFiles.js';
import type { NetworkRequest } from '../network/network.js';
import { loadNetwork } from '../network/network.js';
import type { LoadedData } from '../options/loadData.js';
import { UsageError } from '../options/usageError.js';
import type { Attackable } from './robustness.js';

/** What is said of a network that is attacked: without an adapter it has the head it came with. */
export type AttackedRequest = NetworkRequest & Partial<Pick<AdapterRequest, 'adapter'>>;

/**
 * Loads a classifier that gives logits.
 *
 * @throws UsageError for a GraphModel without an adapter: its head is no layer; and for what gives no logits.
 */
export async function attackedClassifier(request: AttackedRequest, signal: AbortSignal): Promise<AdaptedNetwork> {
  const { adapter } = request;
  const adapted = adapter === undefined ? await asItIs(request, signal) : await withAdapter(request, adapter, signal);
  try {
    setLogits(adapted.classifier, request.model);
    return adapted;
  } catch (error) {
    adapted.dispose();
    throw error;
  }
}

async function withAdapter(request: NetworkRequest, path: string, signal: AbortSignal): Promise<AdaptedNetwork> {
  if (request.feature !== undefined || request.pooling !== undefined)
    throw new UsageError('--feature and --pooling: the adapter says where the features are; leave them out');
  return adaptedNetwork(request, await readAdapter(path), signal);
}

async function asItIs(request: NetworkRequest, signal: AbortSignal): Promise<AdaptedNetwork> {
  const network = await loadNetwork(request, signal);
  const { model: classifier, meta, preprocessing, dispose, graph } = network;
  if (graph === undefined) return { network, classifier, meta, preprocessing, dispose };
  dispose();
  throw new UsageError(
    `--model ${request.model} is a GraphModel, whose head ct does not train or attack; give it one that fits the ` +
      'data by ct steer or ct tune, and attack that: --adapter ct-report/adapter.safetensors',
  );
}

/** An attack's gradient vanishes behind a softmax that is saturated. */
function setLogits(classifier: LayersModel, name: string): void {
  const [output, ...more] = classifier.outputs;
  const kind = outputKind(classifier);
  try {
    if (more.length > 0 || output!.shape.length !== 2)
      throw new Error(`it has outputs ${classifier.outputs.map(({ shape }) => JSON.stringify(shape)).join(', ')}`);
    setOutputKind(classifier, kind.startsWith('one ') ? 'one logit' : 'logits');
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^setOutputKind: /, '');
    throw new UsageError(`--model ${name} must be a classifier with one row of logits an image: ${reason}`, { cause });
  }
}

/**
 * What is attacked and on which images.
 *
 * @throws UsageError where the classes of the data are not the network's.
 */
export function attackable({ classifier, meta, preprocessing }: AdaptedNetwork, loaded: LoadedData): Attackable {
  checkClasses(classifier, meta, loaded);
  const { train, test, pixels } = loaded;
  return {
    classifier,
    classes: loaded.classes.length,
    toLogits: (network) => pixelsToLogits(network, preprocessing),
    train,
    test,
    pixels,
  };
}

/**
 * The function from pixels in [0, 1], red first, to logits `[batch, classes]`.
 *
 *     logits = network((low + (high - low)·x - mean) / std), channels reversed where the network takes blue first
 *
 * One logit z of class 1 becomes the two [0, z].
 */
export function pixelsToLogits(network: LayersModel, preprocessing: Preprocessing): ImageFunction {
  const { channelOrder = 'rgb' } = preprocessing;
  const inner = normalized(network, normalizationOf(preprocessing));
  const isOne = outputKind(network) === 'one logit';
  if (channelOrder === 'rgb' && !isOne) return inner;
  return (pixels) =>
    tidy(() => {
      const logits = inner(channelOrder === 'rgb' ? pixels : reverse(pixels, -1));
      return isOne ? concat([zerosLike(logits), logits], 1) : logits;
    });
}

/** How many classes a classifier tells apart; one logit tells two. */
export function classesOf(classifier: LayersModel): number {
  return Math.max(2, classifier.outputs[0]!.shape.at(-1)!);
}

function checkClasses(classifier: LayersModel, { classNames }: ClassifierMeta, { name, classes }: LoadedData): void {
  const outputs = classesOf(classifier);
  const cure = 'attack the network on the data it was trained for, or adapt it by ct steer, and name --adapter';
  if (outputs !== classes.length)
    throw new UsageError(`--data ${name} must have the network's ${outputs} classes, has ${classes.length}; ${cure}`);
  const at = classNames?.findIndex((own, index) => own !== classes[index]) ?? -1;
  if (at >= 0)
    throw new UsageError(
      `--data ${name} must have the network's classes in its order: class ${at} is "${classNames![at]}" there, ` +
        `"${classes[at]}" here; ${cure}`,
    );
}
