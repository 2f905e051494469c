/**
 * Puts a LoRA adapter on a copy of a model.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, options } from '@curvature-tuning/checks';
import { layersModel, leafLayers } from '@curvature-tuning/layers/model';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { LoraModel } from '../lora/applyLora.js';
import { rewriteWithLora } from '../lora/applyLora.js';
import type { LoraLayer } from '../lora/loraSite.js';
import { findSites, loraLayers } from '../lora/loraSite.js';
import type { LowRankArgs } from '../lora/lowRank.js';
import type { LoraAdapter, ModuleNames, PeftTensor } from './peftAdapter.js';
import { checkAdapter, loraAdapter, moduleNames, namesOf } from './peftAdapter.js';
import { rankAndAlpha } from './peftConfig.js';
import type { AdapterKey } from './peftKeys.js';
import { readKeys } from './peftKeys.js';
import { targetFault } from './peftTargets.js';
import { factorFromTorch, factorsToTorch } from './torchFactors.js';
import type { Leaf } from './wholeModules.js';
import { missingWhole, writeWhole } from './wholeModules.js';

export const applyLoraAdapterArguments: Entries<{ model: LayersModel; adapter: LoraAdapter; options: ModuleNames }> = {
  model: layersModel,
  adapter: loraAdapter,
  options: options<ModuleNames>(moduleNames),
};

/** The factor that a key names, with an adapter's name after it or without. */
const FACTOR = /(\.lora_)[AB](?=\.[^.]*\.?weight$)|(\.lora_)[AB](?=\.weight$)/;

/**
 * Returns a copy of a model with the changes of an adapter, as PEFT would apply it: patterns are Python's, see
 * `PeftConfig`. Keys may have another prefix than PEFT's (`unet.`), none, or the adapter's name in them
 * (`lora_A.default.weight`), where all are alike.
 *
 *     const { model } = applyLoraAdapter(base, loadLora(bytes, json));
 *
 * The original stays usable. Modules that were saved whole are written too, and must have the shape they had: build a
 * new head first.
 *
 * @throws Error naming every missing, unexpected and mis-shaped entry, or what of the configuration is not LoRA as we
 * have it.
 */
export function applyLoraAdapter(model: LayersModel, adapter: LoraAdapter, options: ModuleNames = {}): LoraModel {
  check('applyLoraAdapter', applyLoraAdapterArguments, { model, adapter, options });
  checkAdapter('applyLoraAdapter', adapter);
  const moduleOf = namesOf('applyLoraAdapter', options);
  const leaves = leavesByModule(model, moduleOf);
  const { keys, prefix } = readKeys('applyLoraAdapter', adapter.tensors.keys(), new Set(leaves.keys()));
  const named = keys.map((key): NamedKey => ({
    ...key,
    own: key.module.startsWith(prefix) ? key.module.slice(prefix.length) : key.module,
  }));
  const { changes, wrong } = changesOf(model, adapter, named, leaves);
  if (wrong.length > 0)
    throw new Error(
      `applyLoraAdapter: the adapter does not fit "${model.name}": ${wrong.join('; ')}; name the layers' ` +
        'modules by {moduleOf}',
    );
  const changed = rewriteWithLora(model, changes);
  try {
    const unwritten = writeAdapter(changed.model, adapter, named, moduleOf);
    if (unwritten.length > 0)
      throw new Error(`applyLoraAdapter: the adapter does not fit "${model.name}": ${unwritten.join('; ')}`);
  } catch (error) {
    changed.model.dispose();
    throw error;
  }
  return changed;
}

/** A key, and the module that it names as the model has it, without the prefix. */
interface NamedKey extends AdapterKey {
  own: string;
}

function leavesByModule(model: LayersModel, moduleOf: (layer: string) => string): Map<string, Leaf> {
  return new Map(leafLayers(model).map(({ path, layer }) => [moduleOf(path), { path, layer }]));
}

function keyOf(keys: readonly NamedKey[], own: string, part: 'A' | 'B'): string | undefined {
  return keys.find((key) => key.own === own && key.part === part)?.key;
}

/** The changes that an adapter describes, by the paths of layers, and what of it fits none. */
function changesOf(
  model: LayersModel,
  { config, tensors }: LoraAdapter,
  keys: readonly NamedKey[],
  leaves: ReadonlyMap<string, Leaf>,
): { changes: Map<string, LowRankArgs>; wrong: string[] } {
  const { sites } = findSites(model);
  const changes = new Map<string, LowRankArgs>();
  const wrong: string[] = [];
  for (const { key, module, own, part } of keys) {
    if (typeof part !== 'string') continue;
    const other = part === 'A' ? 'B' : 'A';
    if (keyOf(keys, own, other) === undefined)
      wrong.push(`missing: ${key.replace(FACTOR, (_, inner?: string, last?: string) => `${inner ?? last}${other}`)}`);
    if (part === 'B') continue;
    const path = leaves.get(own)?.path;
    const site = sites.find(({ layer }) => layer === path);
    if (site === undefined) {
      wrong.push(`unexpected: ${key} (${path === undefined ? 'no such layer' : 'the layer takes no LoRA'})`);
      continue;
    }
    // Patterns were written for the names in the file; a prefix that another tool put there is none of theirs.
    const names = [...new Set([module, own])];
    const faults = names.map((name) =>
      targetFault('applyLoraAdapter', config, { name, isLinear: site.className === 'Dense' }),
    );
    if (!faults.includes(undefined))
      wrong.push(`unexpected: ${key} (by ${faults[0]!} of its configuration, "${module}" has no LoRA)`);
    const { rank, alpha } = rankAndAlpha('applyLoraAdapter', config, names);
    const rows = tensors.get(key)!.shape[0];
    if (rank !== rows)
      wrong.push(`mis-shaped: ${key} (its configuration gives "${module}" rank ${rank}, it has ${String(rows)} rows)`);
    changes.set(site.layer, {
      loraRank: rank,
      loraAlpha: alpha,
      loraDropout: site.className === 'DepthwiseConv2D' ? 0 : (config.lora_dropout ?? 0),
    });
  }
  return { changes, wrong };
}

/** Writes all tensors of an adapter to a model that has its changes; returns what does not fit. */
function writeAdapter(
  model: LayersModel,
  { config, tensors }: LoraAdapter,
  keys: readonly NamedKey[],
  moduleOf: (layer: string) => string,
): string[] {
  const wrong: string[] = [];
  for (const [path, layer] of loraLayers(model)) {
    for (const factor of ['A', 'B'] as const) {
      const key = keyOf(keys, moduleOf(path), factor)!;
      wrong.push(...writeFactor(key, factor, tensors.get(key)!, layer));
    }
  }
  const leaves = leavesByModule(model, moduleOf);
  const whole = keys.flatMap(({ key, own, part }) =>
    typeof part === 'string' ? [] : [{ key, leaf: leaves.get(own), name: part.whole }],
  );
  for (const { key, leaf, name } of whole) wrong.push(...writeWhole(leaf, name, key, tensors.get(key)!));
  return [...wrong, ...missingWhole(config, leaves, whole)];
}

/** Writes A or B of a layer, or says what is wrong with it. */
function writeFactor(key: string, factor: 'A' | 'B', { shape, data }: PeftTensor, layer: LoraLayer): string[] {
  return tidy(() => {
    const [a, b] = factorsToTorch(layer);
    const expected = factor === 'A' ? a.shape : b.shape;
    if (expected.join() !== shape.join())
      return [`mis-shaped: ${key} ([${shape.join(', ')}], the layer takes [${expected.join(', ')}])`];
    const { variables } = layer.lora;
    variables[factor === 'A' ? 'a' : 'b'].write(factorFromTorch(tensor(data.slice(), shape), factor, layer));
    return [];
  });
}
