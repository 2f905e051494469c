/**
 * What an adapter is, and what it must be before anything believes it, whether it comes from a file or from a caller.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  count,
  filledText,
  fits,
  flag,
  listOf,
  mapOf,
  matching,
  nothing,
  objectWith,
  oneOf,
  options,
  recordOf,
  satisfying,
  show,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { classifierMetaSchema } from '@curvature-tuning/data';
import type { GraphPlace } from '../model/classifier/graphPlace.js';
import type { ActivationKind } from '../unit/activationKind.js';
import { ACTIVATION_KINDS } from '../unit/activationKind.js';
import type { Sharing } from '../unit/sharing.js';
import { SHARINGS } from '../unit/sharing.js';

/** Numbers in row-major order. */
export interface AdapterTensor {
  shape: number[];
  data: Float32Array;
}

/** What an adapter says of itself; JSON. */
export interface AdapterConfig {
  version: 1;
  /**
   * The network it was made for: the fingerprint is of all weights but curvature, normalisation and head; of a
   * GraphModel, the node that the features are, and how they are pooled, as options of `graphFeatures`.
   */
  base: { name: string; fingerprint: string; graph?: GraphPlace | null | undefined };
  sharing: Sharing;
  /**
   * The activations it curves, by layer: their kind, their channels, and their tie group where it is not the layer
   * itself.
   */
  sites: Record<string, { kind: ActivationKind; channels: number | null; group?: string }>;
  /** The linear head, if it has one. */
  head: { features: number; classes: number } | null;
  /** Whether it holds the moving statistics of batch normalisation. */
  batchNorm: boolean;
  /** Names of the classes, what was done to the images, and what the output of the classifier is. */
  meta?: ClassifierMeta | null | undefined;
}

/**
 * An adapter. Tensors are named `layer/weight`: `relu/beta` and `relu/coeff` (raw, as logits, from −128 for 0 to 128
 * for 1), `bn1/moving_mean`, whatever was trained beside; those of the head `head/kernel` and `head/bias`, whatever the
 * layer's name.
 */
export interface Adapter {
  config: AdapterConfig;
  tensors: ReadonlyMap<string, AdapterTensor>;
}

type Site = AdapterConfig['sites'][string];
type Head = NonNullable<AdapterConfig['head']>;

const siteEntries: Entries<Site> = {
  kind: oneOf(...ACTIVATION_KINDS),
  channels: anyOf<readonly [Schema<number>, Schema<null>]>(count, nothing),
  group: text,
};
const baseEntries: Entries<AdapterConfig['base']> = {
  name: text,
  fingerprint: matching((value): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value), {
    expects: 'a fingerprint of 16 hexadecimal digits',
  }),
  graph: anyOf<readonly [Schema<GraphPlace>, Schema<null>]>(
    options<GraphPlace>({ output: filledText, pooling: oneOf('avg', 'max', 'none') }, ['output', 'pooling']),
    nothing,
  ),
};
const configEntries: Entries<AdapterConfig> = {
  version: matching((value): value is 1 => value === 1, {
    expects: 'version 1',
    cure: 'update @curvature-tuning/layers',
  }),
  base: options<AdapterConfig['base']>(baseEntries, ['name', 'fingerprint']),
  sharing: oneOf(...SHARINGS),
  sites: recordOf(options<Site>(siteEntries, ['kind', 'channels'])),
  head: anyOf<readonly [Schema<Head>, Schema<null>]>(
    options<Head>({ features: count, classes: count }, ['features', 'classes']),
    nothing,
  ),
  batchNorm: flag,
  meta: anyOf<readonly [Schema<ClassifierMeta>, Schema<null>]>(classifierMetaSchema, nothing),
};

/** The configuration of an adapter. */
export const adapterConfigSchema: Schema<AdapterConfig> = options<AdapterConfig>(configEntries, [
  'version',
  'base',
  'sharing',
  'sites',
  'head',
  'batchNorm',
]);

/** The shape of a tensor. */
export const sizes = listOf(whole({ min: 0 })) as Schema<number[]>;

const tensorSchema: Schema<AdapterTensor> = options<AdapterTensor>(
  {
    shape: sizes,
    data: matching(
      (value): value is Float32Array => Object.prototype.toString.call(value) === '[object Float32Array]',
      { expects: 'a Float32Array' },
    ),
  },
  ['shape', 'data'],
);

const fieldsSchema: Schema<Adapter> = objectWith<Adapter>(
  { config: adapterConfigSchema, tensors: mapOf(tensorSchema, { expects: 'a Map of names and tensors' }) },
  ['config', 'tensors'],
);

/**
 * An adapter: each field, that configuration and tensors agree, and that every number is finite; raw values of
 * curvature may be infinite, as those of earlier versions are at the ends of [0, 1].
 */
export const adapterSchema: Schema<Adapter> = satisfying(fieldsSchema, (adapter) => faultOf(adapter) === undefined, {
  expects: 'an adapter {config, tensors} of finite numbers that agree with its config',
  got: (value) => (fits(fieldsSchema, value) ? faultOf(value)! : show(value)),
});

/** What is wrong with an adapter whose fields are each right. */
function faultOf({ config, tensors }: Adapter): string | undefined {
  for (const [name, { shape, data }] of tensors) {
    if (!name.includes('/')) return `a tensor called ${show(name)}, which is not layer/weight`;
    if (sizeOf(shape) !== data.length)
      return `the tensor ${name} of shape [${shape.join(', ')}] with ${data.length} numbers`;
    const isRaw = /\/(beta|coeff)$/.test(name) && Object.hasOwn(config.sites, name.slice(0, name.lastIndexOf('/')));
    const bad = data.find((value) => Number.isNaN(value) || (!isRaw && !Number.isFinite(value)));
    if (bad !== undefined) return `${bad} in the tensor ${name}; train anew with a lower learning rate`;
  }
  const kernel = tensors.get('head/kernel')?.shape.join(', ');
  const head = config.head === null ? undefined : `${config.head.features}, ${config.head.classes}`;
  if (head !== kernel)
    return (
      `config.head of ${head === undefined ? 'null' : `[${head}]`} and ` +
      `${kernel === undefined ? 'no head/kernel' : `a head/kernel of shape [${kernel}]`}`
    );
  const classes = config.meta?.classNames?.length;
  if (classes !== undefined && config.head !== null && config.head.classes !== classes)
    return `config.meta.classNames of ${classes} names and a head of ${config.head.classes} classes`;
  const statistics = [...tensors.keys()].some((name) => /\/moving_(mean|variance)$/.test(name));
  return statistics === config.batchNorm
    ? undefined
    : `config.batchNorm of ${config.batchNorm} and ${statistics ? '' : 'no '}moving statistics`;
}

/** The number of numbers of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
