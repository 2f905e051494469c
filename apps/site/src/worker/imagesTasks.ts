/**
 * What the pane of one's own images asks of the worker: a network opened, adapted, and what it says of an image.
 */
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { loadDigits, subset } from '@curvature-tuning/datasets';
import type { Progress } from '@curvature-tuning/layers';
import { graphFeatures, replaceGraphActivations } from '@curvature-tuning/layers/graph';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import clothesWeights from '../../assets/clothes/weights.bin?url';
import type { BackendName } from '../backends.ts';
import type { BundledName, MethodName } from '../images/choices.ts';
import { Workshop } from '../images/workshop.ts';
import type { Labelled, Loaded, Network, Outcome } from '../images/workshop.ts';
import { useBackend } from './backend.ts';
import type { TaskTable } from './protocol.ts';

/** The size of the images that a network takes. */
export type InputSize = readonly [height: number, width: number, channels: number];

/** How far a run is. */
export type RunProgress = Pick<Progress, 'phase' | 'done' | 'total' | 'secondsLeft'>;

/** What a classifier says of an image. */
export interface Said {
  classes: readonly string[];
  logits: number[];
  shares: number[];
}

/** What the pane may ask. */
export interface ImagesTasks {
  /** Opens a bundled network, or that in files: a model.json and its weights, LayersModel or GraphModel. */
  openNetwork: (given: { backend: BackendName; from: BundledName | File[] }) => {
    kernels: string;
    name: string;
    inputSize: InputSize;
    isGraph: boolean;
  };
  /** Digits that scikit-learn's users know, of three classes, at the size of the bundled network. */
  sampleDigits: (given: { ofEach: number }) => Labelled;
  /** Adapts; progress is a `RunProgress`. */
  adapt: (given: { name: string; images: Labelled; method: MethodName; epochs: number; seed: number }) => Outcome;
  /** Takes an adapter from its file. */
  loadAdapter: (given: { name: string; bytes: Uint8Array }) => Loaded;
  /** Uses another; milliseconds that it took, and how many tensors there are. */
  swap: (given: { name: string }) => { milliseconds: number; tensors: number };
  /** Uses what lies between two. */
  blend: (given: { first: string; second: string; t: number }) => null;
  /** The file of an adapter. */
  adapterFile: (given: { name: string; form: 'adapter' | 'torch' }) => Uint8Array;
  /** What the classifier in use says of an image. */
  classify: (given: { pixels: Uint8Array }) => Said;
}

let workshop: Workshop | undefined;

/** What the worker does for the pane of one's own images. */
export const imagesTasks: TaskTable<ImagesTasks> = {
  openNetwork: async ({ backend, from }) => {
    const kernels = await useBackend(backend);
    const network = await (typeof from === 'string' ? bundled(from) : fromFiles(from));
    workshop = new Workshop(network);
    const { model, preprocessing, isGraph } = network;
    return { kernels, name: typeof from === 'string' ? from : model.name, inputSize: preprocessing.inputSize, isGraph };
  },
  sampleDigits: async ({ ofEach }) => {
    const { train } = await loadDigits();
    const wanted = [3, 5, 8];
    const places = wanted.flatMap((digit) =>
      [...train.labels.keys()].filter((i) => train.labels[i] === digit).slice(0, ofEach),
    );
    const chosen = subset(train, places);
    const size = chosen.shape.reduce((a, b) => a * b);
    return {
      pixels: places.map((_, i) => chosen.images.slice(i * size, (i + 1) * size)),
      labels: [...chosen.labels].map((label) => wanted.indexOf(label)),
      classes: wanted.map(String),
    };
  },
  adapt: ({ name, images, method, epochs, seed }, { report, signal }) => {
    const onProgress = ({ phase, done, total, secondsLeft }: Progress): void =>
      report({ phase, done, total, secondsLeft } satisfies RunProgress);
    return open().run(name, images, { method, epochs, seed, onProgress, signal });
  },
  loadAdapter: ({ name, bytes }) => open().load(name, bytes),
  swap: ({ name }) => {
    const began = performance.now();
    const tensors = open().use(name);
    return Promise.resolve({ milliseconds: performance.now() - began, tensors });
  },
  blend: async ({ first, second, t }) => {
    await open().blend(first, second, t);
    return null;
  },
  adapterFile: ({ name, form }) => Promise.resolve(open().file(name, form)),
  classify: ({ pixels }) => open().classify(pixels),
};

function open(): Workshop {
  if (workshop === undefined) throw new Error('open a network first');
  return workshop;
}

async function bundled(name: BundledName): Promise<Network> {
  if (name === 'clothes') return networkOf(await clothes());
  const { mean, std, inputShape } = pretrainedWeights[name]!;
  return { model: await loadPretrained(name), preprocessing: { inputSize: inputShape, mean, std }, isGraph: false };
}

/** The GraphModel that scripts/makeGraphModel.mjs wrote. */
async function clothes(): Promise<io.ModelArtifacts> {
  const [{ default: json }, response] = await Promise.all([
    import('../../assets/clothes/model.json'),
    fetch(new URL(clothesWeights, self.location.href)),
  ]);
  const { format, modelTopology, weightsManifest } = json as unknown as io.ModelJSON;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return { format, modelTopology, weightSpecs, weightData: await response.arrayBuffer() } as io.ModelArtifacts;
}

async function fromFiles(files: readonly File[]): Promise<Network> {
  const json = files.find(({ name }) => name.endsWith('.json'));
  if (json === undefined) throw new Error('choose the model.json together with the files of its weights');
  return networkOf(await io.browserFiles([json, ...files.filter((file) => file !== json)]).load!());
}

/** Of a GraphModel its features, with units at the network's own curvature. */
async function networkOf(artifacts: io.ModelArtifacts): Promise<Network> {
  const isGraph = artifacts.modelTopology !== undefined && 'node' in artifacts.modelTopology;
  const model = isGraph
    ? graphFeatures(await replaceGraphActivations(artifacts, { sharing: 'channel', trainable: true }))
    : await loadLayersModel(io.fromMemory(artifacts));
  const [, height, width, channels] = model.inputs[0]!.shape;
  if (!height || !width || !channels)
    throw new Error('the network takes images of any size; choose one with a fixed size');
  return { model, preprocessing: { inputSize: [height, width, channels] }, isGraph };
}
