/**
 * An adapter: all that training changed in a network, as plain numbers. A few kilobytes that turn a model to a task.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, flag, options as optionsOf, real } from '@curvature-tuning/checks';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { Adapter, AdapterTensor } from './adapterSchema.js';
import { adapterSchema } from './adapterSchema.js';
import { baseFingerprint } from '../model/baseFingerprint.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { layersModel } from '../model/modelKind.js';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { metaOf } from '../model/classifier/meta.js';
import { outputKind } from '../model/classifier/outputKind.js';
import { graphPlaceOf } from '../model/classifier/graphPlace.js';
import { weightName } from '../model/weightName.js';
import { headOf } from '../model/headOf.js';
import { leafLayers } from '../model/modelConfig.js';
import { withinEnds } from '../unit/rawValue.js';
import { asUnitHolder } from '../unit/unitHolder.js';
import { sharingOf, sitesOf } from '../model/sitesOf.js';
import { trainedBeside } from '../model/trainedBeside.js';

/** The name in adapters of the head, in front of `/kernel` and `/bias`. */
export const HEAD = 'head';

/** What `getAdapter` leaves out. */
export interface GetAdapterOptions {
  /** Default true. */
  head?: boolean | undefined;
  /** The moving statistics. Default true; leave them out only if they were not adapted (`batchNorm: 'frozen'`). */
  batchNorm?: boolean | undefined;
}

export const getAdapterArguments: Entries<{ model: LayersModel; options: GetAdapterOptions }> = {
  model: layersModel,
  options: optionsOf<GetAdapterOptions>({ head: flag, batchNorm: flag }),
};

export const interpolateAdaptersArguments: Entries<{ first: Adapter; second: Adapter; t: number }> = {
  first: adapterSchema,
  second: adapterSchema,
  t: real(),
};

/**
 * Reads the adapter out of a model: weights of CT layers, moving statistics, head, and what `tune` trained beside.
 *
 *     const adapter = await getAdapter((await tune(model, train, validation)).classifier);
 *
 * It is the same of a copy of the model, and of what was saved of it. What tfjs' own `fit` trained of other layers, no
 * model says.
 *
 * @throws Error when the model has no CT layer, or when weights were trained beside and it lost the metadata that say
 * which.
 */
export async function getAdapter(model: LayersModel, options: GetAdapterOptions = {}): Promise<Adapter> {
  check('getAdapter', getAdapterArguments, { model, options });
  const { head = true, batchNorm = true } = options;
  const sites = sitesOf(model);
  if (sites.length === 0)
    throw new Error(
      `getAdapter: "${model.name}" has no CT layer; pass the classifier that tune returns, or the model of ` +
        'replaceActivations',
    );
  const sharing = sharingOf(model);
  const headLayer = head ? headOf(model) : undefined;
  const beside = weightsBeside(model);
  const trained = trainedBeside('getAdapter', model);
  const tensors = new Map<string, AdapterTensor>();
  for (const [name, weight] of namedWeights(model)) {
    if (!batchNorm && isStatistic(name)) continue;
    if (beside.has(name) && !trained.has(name)) continue;
    if (isHead(name) && headLayer === undefined) continue;
    const value = weight.read();
    tensors.set(name, { shape: value.shape, data: Float32Array.from(await value.data()) });
  }
  const { classNames, preprocessing } = metaOf('getAdapter', model);
  const meta: ClassifierMeta = {
    ...(preprocessing && { preprocessing }),
    ...(headLayer && { ...(classNames && { classNames }), output: outputKind(model) }),
  };
  const place = graphPlaceOf(model);
  const kernel = headLayer && tensors.get(`${HEAD}/kernel`)!;
  return adapterWithinEnds({
    config: {
      version: 1,
      base: {
        name: model.name.replace(/_(probed|tuned)$/, ''),
        fingerprint: await baseFingerprint(model),
        ...(place !== undefined && { graph: place }),
      },
      sharing,
      sites: Object.fromEntries(
        sites.map(({ layer, kind, channels, group }) => [layer, { kind, channels, ...(group !== layer && { group }) }]),
      ),
      head: kernel ? { features: kernel.shape[0]!, classes: kernel.shape[1]! } : null,
      batchNorm: [...tensors.keys()].some(isStatistic),
      ...(Object.keys(meta).length > 0 && { meta }),
    },
    tensors,
  });
}

/**
 * The adapter between two: (1 − t)·a + t·b, in raw values, statistics and heads. Raw values stay within ±128.
 *
 * @param t Usually in [0, 1]; beyond, it extrapolates.
 * @throws Error when the two do not have the same base, sites and shapes.
 */
export function interpolateAdapters(first: Adapter, second: Adapter, t: number): Adapter {
  check('interpolateAdapters', interpolateAdaptersArguments, { first, second, t });
  const [a, b] = [adapterWithinEnds(first), adapterWithinEnds(second)];
  if (a.config.base.fingerprint !== b.config.base.fingerprint)
    throw new Error(
      `interpolateAdapters: the adapters have different base networks, "${a.config.base.name}" and ` +
        `"${b.config.base.name}"`,
    );
  const tensors = new Map<string, AdapterTensor>();
  for (const name of new Set([...a.tensors.keys(), ...b.tensors.keys()])) {
    const [x, y] = [a.tensors.get(name), b.tensors.get(name)];
    if (x === undefined || y === undefined)
      throw new Error(
        `interpolateAdapters: ${name} is in the ${x === undefined ? 'second' : 'first'} adapter alone; read ` +
          'both with the same options of getAdapter',
      );
    if (x.shape.join() !== y.shape.join())
      throw new Error(
        `interpolateAdapters: ${name} has shape [${x.shape.join(', ')}] in the first adapter, ` +
          `[${y.shape.join(', ')}] in the second; leave heads out with getAdapter(model, {head: false})`,
      );
    // Equal values stay as they are, to the last bit.
    tensors.set(name, {
      shape: x.shape,
      data: x.data.map((v, i) => (v === y.data[i]! ? v : (1 - t) * v + t * y.data[i]!)),
    });
  }
  return adapterWithinEnds({ config: a.config, tensors });
}

/**
 * The same adapter with all raw values within ±128, of units outside of which sigmoid is 0 or 1 all the same. Earlier
 * versions wrote the ends as infinities, of which float16 textures and interpolation make NaN.
 */
export function adapterWithinEnds({ config, tensors }: Adapter): Adapter {
  const isRaw = (name: string): boolean =>
    ['/beta', '/coeff'].some((end) => name.endsWith(end) && Object.hasOwn(config.sites, name.slice(0, -end.length)));
  return {
    config,
    tensors: new Map(
      [...tensors].map(([name, entry]) => [name, isRaw(name) ? { ...entry, data: entry.data.map(withinEnds) } : entry]),
    ),
  };
}

/** All weights of a model, any of which an adapter may hold, by their names in adapters. */
export function namedWeights(model: LayersModel): Map<string, LayerVariable> {
  const weights = new Map<string, LayerVariable>();
  for (const [path, layer] of curvatureLayers(model)) {
    for (const [name, weight] of Object.entries(layer.rawWeights)) weights.set(`${path}/${name}`, weight);
  }
  const taken = new Set(weights.values());
  const head = headOf(model);
  for (const { path, layer } of leafLayers(model)) {
    for (const [node, held] of asUnitHolder(layer)?.normalizations ?? []) {
      for (const weight of held.weights) {
        weights.set(`${node}/${weightName(weight)}`, weight);
        taken.add(weight);
      }
    }
    for (const weight of layer.weights) {
      const name = `${layer === head ? HEAD : path}/${weightName(weight)}`;
      if (!taken.has(weight)) weights.set(name, weight);
    }
  }
  return weights;
}

/** The weights that an adapter holds only if they were trained. */
export function weightsBeside(model: LayersModel): Map<string, LayerVariable> {
  const units = curvatureLayers(model);
  return new Map(
    [...namedWeights(model)].filter(
      ([name]) => !isHead(name) && !isStatistic(name) && !units.has(name.slice(0, name.lastIndexOf('/'))),
    ),
  );
}

/** Whether a name is that of a weight of the head. */
export function isHead(name: string): boolean {
  return name.startsWith(`${HEAD}/`);
}

/** Whether a name is that of a moving statistic. */
export function isStatistic(name: string): boolean {
  return /\/moving_(mean|variance)$/.test(name);
}
