/**
 * Names a network by all that a result depends on: what a stored result is taken up by.
 */
import { Digest, hashOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { asUnitHolder } from '../unit/unitHolder.js';
import { callsTo, innerModel, leafLayers, modelsIn } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { weightsByName } from './weightName.js';

/**
 * SHA-256, as 64 hexadecimal digits, of what a model computes: its layers, their settings and connections, and every
 * weight and statistic as they are now.
 *
 * Names do not count, for tfjs numbers them anew in each process; nor do initialisers and `trainable`, which change no
 * output.
 */
export async function modelFingerprint(model: LayersModel): Promise<string> {
  checkLayersModel('modelFingerprint', model);
  const digest = new Digest().json(structureOf(model));
  for (const { layer } of leafLayers(model)) {
    const { graph, tensors } = contentsOf(layer);
    digest.text(graph);
    for (const { dtype, shape, data } of tensors) digest.json([dtype, shape]).text(await hashOf(await data()));
  }
  return digest.hex();
}

interface Contents {
  /** The graph that the layer runs, if it does. */
  graph: string;
  tensors: { dtype: string; shape: readonly (number | null)[]; data: () => Promise<ArrayBufferView> }[];
}

function contentsOf(layer: layers.Layer): Contents {
  const holder = asUnitHolder(layer);
  const frozen: Tensor[] = [...(holder?.frozenWeights.values() ?? [])];
  const tensors = [...frozen, ...weightsByName(layer).map((weight) => weight.read())];
  return {
    graph: JSON.stringify(holder?.graph.source.modelTopology ?? null),
    tensors: tensors.map((t) => ({ dtype: t.dtype, shape: t.shape, data: () => t.data() as Promise<Float32Array> })),
  };
}

/** Layers and models by their places, with their settings, and the calls that are made of them. */
function structureOf(model: LayersModel): unknown {
  const models = modelsIn(model);
  const all: layers.Layer[] = [...leafLayers(model).map(({ layer }) => layer), ...models];
  const places = new Map(all.map((layer, i) => [layer, i]));
  const tensors = new Map<SymbolicTensor, string>();
  const calls = callsTo(models.flatMap(({ outputs }) => outputs)).map(
    ({ outboundLayer, inputTensors, outputTensors, callArgs }, i) => {
      outputTensors.forEach((t, k) => tensors.set(t, `${i}.${k}`));
      // A wrapper around a model stands for it.
      return [
        outboundLayer.getClassName(),
        places.get(outboundLayer) ?? places.get(innerModel(outboundLayer)!) ?? -1,
        inputTensors.map((t) => tensors.get(t) ?? 'input'),
        plain(callArgs ?? {}),
      ];
    },
  );
  return {
    layers: all.map((layer) =>
      innerModel(layer) === layer ? layer.getClassName() : [layer.getClassName(), plain(layer.getConfig())],
    ),
    calls,
    ends: models.map(({ inputs, outputs }) =>
      [inputs, outputs].map((list) => list.map((t) => tensors.get(t) ?? 'input')),
    ),
  };
}

/** What changes no output, or is another in every process. */
const OMITTED = /^(name|trainable|siteOrigin|trainedBeside|graph|(\w*_)?initializer|\w*Initializer)$/;

/** Settings as plain values: functions as their text, other objects as their class. */
function plain(value: unknown): unknown {
  if (typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== null && prototype !== Object.prototype) return [prototype.constructor.name];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (OMITTED.test(key) ? [] : [[key, plain(part)]])),
  );
}
