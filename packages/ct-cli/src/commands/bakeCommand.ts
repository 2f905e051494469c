/**
 * `ct bake`: a network with an adapter as a model of its own, which stock TensorFlow.js loads.
 */
import { check, filledText, flag, oneOf, options, real, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { META_KEY } from '@curvature-tuning/data';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { bake } from '@curvature-tuning/layers/graph';
import { removeLora } from '@curvature-tuning/lora-baseline';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs';
import { io, layers, model as functional } from '@tensorflow/tfjs';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { AdapterRequest } from '../adapter/adaptedNetwork.js';
import { adaptedNetwork, adapterRequestEntries } from '../adapter/adaptedNetwork.js';
import { readAdapter } from '../adapter/adapterFiles.js';
import { BACKENDS, useBackend } from '../options/backend.js';
import { checkWritable } from '../options/outputFolder.js';
import { UsageError } from '../options/usageError.js';
import { say } from '../terminal/terminal.js';

/** What `ct bake` was told. */
export interface BakeSettings extends AdapterRequest {
  /** Folder of the model; must not be there, or be empty. */
  output: string;
  /** Whether the model gives probabilities in place of logits. */
  softmax: boolean;
  /** How far units may be off, for fewer nodes: see `bake` of layers/graph. 0: not at all. */
  tolerance: number;
  backend: (typeof BACKENDS)[number];
}

export const bakeCommandArguments: Entries<{ settings: BakeSettings; signal: AbortSignal }> = {
  settings: options<BakeSettings>(
    {
      ...adapterRequestEntries,
      output: filledText,
      softmax: flag,
      tolerance: real({ min: 0 }),
      backend: oneOf(...BACKENDS),
    },
    ['model', 'adapter', 'output', 'softmax', 'tolerance', 'backend'],
  ),
  signal: signalSchema,
};

/** Writes model.json and weights.bin into a new folder; nothing is left there when it fails or is aborted. */
export async function bakeCommand(settings: BakeSettings, signal: AbortSignal): Promise<void> {
  check('bakeCommand', bakeCommandArguments, { settings, signal });
  const { model, adapter, output, softmax, tolerance, backend } = settings;
  await checkEmpty(output);
  await checkWritable(output);
  const read = await readAdapter(adapter);
  say(`Baking ${adapter} into ${model}, backend ${backend}`);
  await useBackend(backend);
  const adapted = await adaptedNetwork(settings, read, signal);
  const { network, classifier, preprocessing } = adapted;
  const meta = { ...adapted.meta, preprocessing };
  const format = network.graph === undefined && read.kind !== 'curvature' ? 'LayersModel' : 'GraphModel';
  try {
    // What a graph's classifier says of itself it says already.
    if (network.graph === undefined) classifier.setUserDefinedMetadata({ [META_KEY]: meta });
    const artifacts =
      format === 'LayersModel'
        ? await ofLayers(classifier, meta, softmax)
        : await bake(classifier, { softmax, tolerance });
    signal.throwIfAborted();
    await writeModel(output, artifacts);
  } finally {
    adapted.dispose();
  }
  say(`Model: ${join(output, 'model.json')}, for tf.load${format}`);
}

async function checkEmpty(output: string): Promise<void> {
  const info = await stat(output).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) throw new UsageError(`OUTPUT must be a folder, "${output}" is something else`);
  if ((await readdir(output)).length > 0)
    throw new UsageError(`OUTPUT must be a new or an empty folder, "${output}" holds files; name another`);
}

/** A classifier with LoRA, whose change goes into its kernels. */
async function ofLayers(classifier: LayersModel, meta: ClassifierMeta, softmax: boolean): Promise<io.ModelArtifacts> {
  const plain = removeLora(classifier, { merge: true });
  const last = plain.outputs[0]!;
  const model = softmax
    ? functional({ inputs: plain.inputs, outputs: layers.softmax().apply(last) as SymbolicTensor })
    : plain;
  try {
    model.setUserDefinedMetadata({ [META_KEY]: { ...meta, ...(softmax && { output: 'probabilities' }) } });
    let artifacts: io.ModelArtifacts | undefined;
    await model.save(
      io.withSaveHandler((saved) => {
        artifacts = saved;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    return artifacts!;
  } finally {
    plain.dispose();
  }
}

/** The whole folder is there at once, or not at all. */
async function writeModel(folder: string, artifacts: io.ModelArtifacts): Promise<void> {
  const path = resolve(folder);
  const beside = `${path}.${randomUUID()}.tmp`;
  const { weightSpecs, weightData, ...json } = artifacts;
  await mkdir(dirname(path), { recursive: true });
  await mkdir(beside);
  try {
    await writeFile(join(beside, 'weights.bin'), new Uint8Array(io.CompositeArrayBuffer.join(weightData)));
    const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    await writeFile(join(beside, 'model.json'), JSON.stringify({ ...json, weightsManifest: manifest }));
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
}
