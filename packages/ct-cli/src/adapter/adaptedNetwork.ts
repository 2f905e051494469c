/**
 * A network with an adapter on it: the classifier that a run made, from files alone.
 */
import type { Entries } from '@curvature-tuning/checks';
import { filledText, without } from '@curvature-tuning/checks';
import type { ClassifierMeta, Preprocessing } from '@curvature-tuning/data';
import { applyAdapter, removeAdapter, replaceActivations } from '@curvature-tuning/layers';
import { baseFingerprint, withNewHead } from '@curvature-tuning/layers/model';
import { applyLoraAdapter } from '@curvature-tuning/lora-baseline';
import type { LayersModel } from '@tensorflow/tfjs';
import type { Network, NetworkRequest } from '../network/network.js';
import { loadNetwork } from '../network/network.js';
import { networkRequestEntries } from '../network/networkOptions.js';
import { UsageError } from '../options/usageError.js';
import type { ReadAdapter } from './adapterFiles.js';

/** What is said of a network and its adapter, which says itself where the features are. */
export interface AdapterRequest extends Omit<NetworkRequest, 'feature' | 'pooling'> {
  /** A `.safetensors` file, or the folder of a LoRA adapter. */
  adapter: string;
}

/** What is checked of it. */
export const adapterRequestEntries: Entries<AdapterRequest> = {
  ...without(networkRequestEntries, 'feature', 'pooling'),
  adapter: filledText,
};

/** A classifier, and what it takes and gives. */
export interface AdaptedNetwork {
  network: Network;
  /** Its output is what `meta.output` says. */
  classifier: LayersModel;
  meta: ClassifierMeta;
  preprocessing: Preprocessing;
  dispose: () => void;
}

/**
 * Loads a network and puts an adapter on it.
 *
 * @throws Error where the adapter was made for another network.
 */
export async function adaptedNetwork(
  request: NetworkRequest,
  read: ReadAdapter,
  signal: AbortSignal,
): Promise<AdaptedNetwork> {
  const place = read.kind === 'curvature' ? read.adapter.config.base.graph : undefined;
  const { preprocessing: own } = read.meta;
  const network = await loadNetwork(
    {
      ...request,
      feature: place?.output,
      pooling: place?.pooling,
      size: request.size ?? (own && [own.inputSize[0], own.inputSize[1]]),
    },
    signal,
  ).catch((cause: unknown) => {
    // The adapter named the node and the size, not the user.
    const madeFor = (option: RegExp): boolean => cause instanceof UsageError && option.test(cause.message);
    const refused = (what: string): Error =>
      new Error(
        `the adapter "${read.path}" was made for ${what}, which "${request.model}" does not have; name the model ` +
          'that it was made for',
        { cause },
      );
    if (place != null && madeFor(/--feature|--pooling/))
      throw refused(`the features at "${place.output}" of a GraphModel`);
    if (request.size === undefined && own !== undefined && madeFor(/--size/))
      throw refused(`an input of ${own.inputSize.slice(0, 2).join('x')}`);
    throw cause;
  });
  try {
    const classifier = await classifierOf(network, read);
    const preprocessing = request.preprocess === undefined && own !== undefined ? own : network.preprocessing;
    const dispose = (): void => {
      if (read.kind === 'curvature') removeAdapter(classifier);
      if (classifier !== network.model) classifier.dispose();
      network.dispose();
    };
    return { network, classifier, meta: { ...network.meta, ...read.meta }, preprocessing, dispose };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

async function classifierOf(network: Network, read: ReadAdapter): Promise<LayersModel> {
  if (read.kind === 'lora') {
    const { base, classes } = read.classifier;
    const fingerprint = await baseFingerprint(network.model);
    if (network.graph !== undefined || fingerprint !== base.fingerprint)
      throw new Error(
        `the adapter "${read.path}" was made for "${base.name}" (${base.fingerprint}), and "${network.name}" ` +
          `(${fingerprint}) is another network; name the one that it was made for`,
      );
    const headed = withNewHead(network.model, classes);
    try {
      return applyLoraAdapter(headed, read.adapter).model;
    } finally {
      headed.dispose();
    }
  }
  const { sharing, sites } = read.adapter.config;
  const kinds = [...new Set(Object.values(sites).map(({ kind }) => kind))];
  const names = [...read.adapter.tensors.keys()];
  const has = (weight: string): boolean => names.some((name) => name.endsWith(`/${weight}`));
  const classifier =
    network.graph === undefined
      ? replaceActivations(network.model, { kinds, sharing, slope: has('alpha'), affine: has('scale') }).model
      : network.model;
  try {
    await applyAdapter(classifier, read.adapter);
    return classifier;
  } catch (cause) {
    if (classifier !== network.model) classifier.dispose();
    const message = (cause as Error).message.replace(/^applyAdapter: /, '').replace(/,? or pass \{force: true\}/, '');
    throw new Error(`the adapter "${read.path}" does not go on "${network.name}": ${message}`, { cause });
  }
}
