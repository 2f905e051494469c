/**
 * A frozen network and what was adapted of it: made from labelled images, saved, loaded, swapped and blended.
 *
 * Adapters of curvature of one sharing lie on one model, by name; what probe and LoRA give is a classifier of its own,
 * which shares the network's weights.
 */
import { dispose, memory, softmax, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { dataSet, preprocess } from '@curvature-tuning/data';
import type { ClassifierMeta, DataSet, Preprocessing } from '@curvature-tuning/data';
import {
  applyAdapter,
  getAdapter,
  interpolateAdapters,
  linearProbe,
  loadAdapter,
  predictedClasses,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  steer,
  switchAdapter,
  toTorchStateDict,
  tune,
} from '@curvature-tuning/layers';
import type { Adapted, Adapter, Progress } from '@curvature-tuning/layers';
import { tuneLora } from '@curvature-tuning/lora-baseline';
import { serializeSafetensors } from '@curvature-tuning/safetensors';
import type { MethodName } from './choices.ts';

/** A network, and what it wants of an image. */
export interface Network {
  model: LayersModel;
  preprocessing: Preprocessing;
  /** Whether it came from a GraphModel, whose weights nothing can change. */
  isGraph: boolean;
}

/** Images as their pixels, 0 to 255, `[height, width, channels]` of the network, and their classes. */
export interface Labelled {
  pixels: readonly Uint8Array[];
  labels: readonly number[];
  classes: readonly string[];
}

/** What one run came to. */
export interface Outcome {
  name: string;
  validationAccuracy: number;
  /** Images that were held out, on which the accuracy is measured. */
  heldOut: number;
  classes: readonly string[];
  /** `[true class][predicted class]`, counts of held-out images. */
  confusion: number[][];
  /** Numbers trained, the head's among them. */
  parameters: number;
  /** Of S-CT, the beta that was kept; null where the network's own ReLU was. */
  beta: number | null;
  /** Size of the adapter, where what was trained is one. */
  bytes: number | null;
  /** How far one (beta, c) of it reaches: adapters of one sharing can be blended. */
  sharing: string | null;
  seconds: number;
}

/** An adapter from a file: its classes, and how far one (beta, c) reaches. */
export interface Loaded {
  classes: readonly string[];
  sharing: string;
}

/** How a run is done. */
export interface RunOptions {
  method: MethodName;
  epochs: number;
  seed: number;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

/** Betas that S-CT tries. */
const BETAS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95] as const;
/** The adapter between two others. */
const BLEND = 'blend';

interface Entry {
  classifier: LayersModel;
  classes: readonly string[];
  adapter: Adapter | null;
}

/** What is done with one network. */
export class Workshop {
  private readonly network: Network;
  private readonly entries = new Map<string, Entry>();
  private readonly hosts = new Map<string, LayersModel>();
  private readonly results: Adapted[] = [];
  private active: Entry | undefined;

  constructor(network: Network) {
    this.network = network;
  }

  /** Adapts the network to images; what comes of it is in use from then on, under `name`. */
  async run(name: string, images: Labelled, options: RunOptions): Promise<Outcome> {
    const began = performance.now();
    const { train, validation } = this.split(images, options.seed);
    const result = await this.adapt(train, validation, options);
    const { predicted, labels, accuracy } = await predictedClasses(result.classifier, validation);
    const confusion = images.classes.map(() => images.classes.map(() => 0));
    labels.forEach((label, i) => confusion[label]![predicted[i]!]!++);
    const isCurved = options.method === 'tct' || options.method === 'sct';
    const adapter = isCurved ? await getAdapter(result.classifier) : null;
    if (adapter === null) {
      this.results.push(result);
      this.entries.set(name, { classifier: result.classifier, classes: images.classes, adapter });
    } else {
      result.dispose();
      await this.put(name, adapter);
    }
    this.use(name);
    return {
      name,
      validationAccuracy: accuracy,
      heldOut: labels.length,
      classes: images.classes,
      confusion,
      parameters: result.parameters.total,
      beta: 'beta' in result ? (result.beta as number | null) : null,
      bytes: adapter === null ? null : saveAdapter(adapter).length,
      sharing: adapter?.config.sharing ?? null,
      seconds: (performance.now() - began) / 1000,
    };
  }

  /** Takes an adapter from its file, and uses it. */
  async load(name: string, bytes: Uint8Array): Promise<Loaded> {
    const adapter = loadAdapter(bytes);
    await this.put(name, adapter);
    this.use(name);
    return { classes: this.entries.get(name)!.classes, sharing: adapter.config.sharing };
  }

  /** Uses what is called `name` from now on. Returns how many tensors exist, which swapping does not change. */
  use(name: string): number {
    const entry = this.entryOf(name);
    if (entry.adapter !== null) switchAdapter(entry.classifier, name);
    this.active = entry;
    return memory().numTensors;
  }

  /** The file of an adapter: its own, or with the names of the authors' PyTorch code. */
  file(name: string, form: 'adapter' | 'torch'): Uint8Array {
    const { adapter } = this.entryOf(name);
    if (adapter === null) throw new Error(`${name} is no adapter of curvature; only S-CT and T-CT have a file here`);
    return form === 'adapter' ? saveAdapter(adapter) : serializeSafetensors(toTorchStateDict(adapter));
  }

  /** Uses what lies between two adapters: the first at t = 0, the second at t = 1. */
  async blend(first: string, second: string, t: number): Promise<void> {
    const [a, b] = [this.entryOf(first), this.entryOf(second)];
    if (a.adapter === null || b.adapter === null) throw new Error('only adapters of curvature can be blended');
    await this.put(BLEND, interpolateAdapters(a.adapter, b.adapter, t));
    this.use(BLEND);
  }

  /** What the classifier in use says of an image: a logit and a probability for each class. */
  async classify(pixels: Uint8Array): Promise<{ classes: readonly string[]; logits: number[]; shares: number[] }> {
    if (this.active === undefined) throw new Error('adapt the network first, or load an adapter');
    const { classifier, classes } = this.active;
    const { values, shape } = preprocess(this.network.preprocessing)({
      values: pixels,
      shape: this.network.preprocessing.inputSize,
    });
    const { logits, shares } = tidy(() => {
      const out = classifier.predict(tensor(values, [1, ...shape])) as Tensor;
      return { logits: out, shares: softmax(out) };
    });
    const [said, share] = await Promise.all([logits.data(), shares.data()]);
    dispose([logits, shares]);
    return { classes, logits: [...said], shares: [...share] };
  }

  private adapt(train: DataSet, validation: DataSet, options: RunOptions): Promise<Adapted> {
    const { method, epochs, seed, onProgress, signal } = options;
    const { model, isGraph } = this.network;
    const common = { seed, signal, onProgress };
    if (method === 'probe') return linearProbe(model, train, validation, common);
    if (method === 'sct') return steer(model, train, validation, { ...common, betas: BETAS });
    if (method === 'tct') return tune(model, train, validation, { ...common, epochs });
    if (isGraph) throw new Error('LoRA changes weights, which those of a GraphModel cannot be; take T-CT');
    return tuneLora(model, train, validation, { ...common, epochs });
  }

  /** Four fifths to train on; the rest, and at least one of each class, to measure by. */
  private split({ pixels, labels, classes }: Labelled, seed: number): { train: DataSet; validation: DataSet } {
    const { preprocessing } = this.network;
    const all = dataSet({
      labels: [...labels],
      classes: [...classes],
      read: (index) => ({ values: pixels[index]!, shape: preprocessing.inputSize }),
    }).map(preprocess(preprocessing));
    const held = Math.max(classes.length, Math.round(labels.length / 5));
    const [train, validation] = all.stratifiedSplit([labels.length - held, held], seed);
    return { train, validation };
  }

  private async put(name: string, adapter: Adapter): Promise<void> {
    const { base, sharing } = adapter.config;
    // The features of a graph have their units already.
    const make = (): LayersModel =>
      base.graph ? this.network.model : replaceActivations(this.network.model, { sharing }).model;
    const host = this.hosts.get(sharing) ?? make();
    this.hosts.set(sharing, host);
    const before = this.entries.get(name);
    if (before !== undefined && before.adapter !== null) removeAdapter(before.classifier, name);
    await applyAdapter(host, adapter, { name });
    const { classNames = [] }: ClassifierMeta = adapter.config.meta ?? {};
    this.entries.set(name, { classifier: host, classes: classNames, adapter });
  }

  private entryOf(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error(`there is nothing called ${name}`);
    return entry;
  }
}
