/**
 * Reads a LoRA adapter out of a model.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, listOf, options } from '@curvature-tuning/checks';
import { layersModel, leafLayers } from '@curvature-tuning/layers/model';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { loraLayers } from '../lora/loraSite.js';
import type { LoraAdapter, ModuleNames, PeftTensor } from './peftAdapter.js';
import { moduleNames, namesOf, PREFIX } from './peftAdapter.js';
import { peftConfig } from './peftConfig.js';
import { factorsToTorch } from './torchFactors.js';
import { wholeWeights } from './wholeModules.js';

/** What is saved beside the low-rank changes, and under which names. */
export interface GetLoraAdapterOptions extends ModuleNames {
  /**
   * Paths of layers that are saved whole beside A and B, PEFT's `modules_to_save`: Dense and BatchNormalization.
   * Default: every BatchNormalization, whose statistics a training run may have moved, and every Dense without LoRA,
   * such as a new head.
   */
  modulesToSave?: readonly string[] | undefined;
}

export const getLoraAdapterArguments: Entries<{ model: LayersModel; options: GetLoraAdapterOptions }> = {
  model: layersModel,
  options: options<GetLoraAdapterOptions>({ ...moduleNames, modulesToSave: listOf(filledText) }),
};

/**
 * Reads the adapter out of a model.
 *
 *     const adapter = await getLoraAdapter(classifier);
 *
 * @throws Error when the model has no LoRA layer, or two layers would have one name.
 */
export async function getLoraAdapter(model: LayersModel, options: GetLoraAdapterOptions = {}): Promise<LoraAdapter> {
  check('getLoraAdapter', getLoraAdapterArguments, { model, options });
  const { modulesToSave } = options;
  const moduleOf = namesOf('getLoraAdapter', options);
  const found = loraLayers(model);
  if (found.size === 0)
    throw new Error(`getLoraAdapter: "${model.name}" has no LoRA layer; pass the model that applyLora returns`);
  const saved = leafLayers(model).filter(
    ({ path, layer }) =>
      modulesToSave?.includes(path) ?? ['BatchNormalization', 'Dense'].includes(layer.getClassName()),
  );
  const unknown = (modulesToSave ?? []).filter((path) => !saved.some((layer) => layer.path === path));
  if (unknown.length > 0)
    throw new Error(`getLoraAdapter: modulesToSave: "${model.name}" has no layer ${unknown.join(', ')}`);
  const readers = new Map<string, () => Tensor>();
  const add = (path: string, name: string, read: () => Tensor): void => {
    const key = `${PREFIX}${moduleOf(path)}.${name}`;
    if (readers.has(key))
      throw new Error(
        `getLoraAdapter: two layers are called "${key.slice(PREFIX.length)}"; give each a name of its own by ` +
          '{moduleOf}',
      );
    readers.set(key, read);
  };
  for (const [path, layer] of found) {
    add(path, 'lora_A.weight', () => factorsToTorch(layer)[0]);
    add(path, 'lora_B.weight', () => factorsToTorch(layer)[1]);
  }
  for (const { path, layer } of saved) {
    for (const [name, weight] of wholeWeights('getLoraAdapter', path, layer))
      add(path, name, () => (weight.shape.length === 2 ? transpose(weight.read()) : weight.read().clone()));
  }
  const tensors = new Map<string, PeftTensor>();
  for (const [key, read] of readers) {
    const value = tidy(read);
    tensors.set(key, {
      shape: [...value.shape],
      data: Float32Array.from(await value.data().finally(() => value.dispose())),
    });
  }
  return {
    config: peftConfig(
      new Map([...found].map(([path, { lora }]) => [moduleOf(path), lora])),
      saved.map(({ path }) => moduleOf(path)),
    ),
    tensors,
  };
}
