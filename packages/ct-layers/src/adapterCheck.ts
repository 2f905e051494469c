/**
 * What an adapter must be before anything believes it, whether it comes from a file or from a caller.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, checkValue, count, flag, matching, oneOf, options, recordOf, show, text } from '@curvature-tuning/checks';
import { activationKinds } from './activationSite.js';
import type { Adapter, AdapterConfig, AdapterTensor } from './adapter.js';
import { sharings } from './sharing.js';

type Site = AdapterConfig['sites'][string];
type Head = NonNullable<AdapterConfig['head']>;

const nothing: Schema<null> = matching((value): value is null => value === null, { expects: 'null' });
const siteEntries: Entries<Site> = { kind: oneOf(...activationKinds), channels: anyOf<readonly [Schema<number>, Schema<null>]>(count, nothing), group: text };
const baseEntries: Entries<AdapterConfig['base']> = {
  name: text,
  fingerprint: matching((value): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value), { expects: 'a fingerprint of 16 hexadecimal digits' }),
};
const configEntries: Entries<AdapterConfig> = {
  version: matching((value): value is 1 => value === 1, { expects: 'version 1', cure: 'update @curvature-tuning/layers' }),
  base: options<AdapterConfig['base']>(baseEntries, ['name', 'fingerprint']),
  sharing: oneOf(...sharings),
  sites: recordOf(options<Site>(siteEntries, ['kind', 'channels'])),
  head: anyOf<readonly [Schema<Head>, Schema<null>]>(options<Head>({ features: count, classes: count }, ['features', 'classes']), nothing),
  batchNorm: flag,
};

/** The configuration of an adapter. */
export const adapterConfigSchema: Schema<AdapterConfig> = options<AdapterConfig>(configEntries, ['version', 'base', 'sharing', 'sites', 'head', 'batchNorm']);

const tensorSchema: Schema<AdapterTensor> = options<AdapterTensor>(
  {
    shape: matching((value): value is number[] => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0), { expects: 'a list of sizes' }),
    data: matching((value): value is Float32Array => Object.prototype.toString.call(value) === '[object Float32Array]', { expects: 'a Float32Array' }),
  },
  ['shape', 'data'],
);

/**
 * Checks an adapter: each field, that configuration and tensors agree, and that every number is finite; raw values of
 * curvature may be infinite, as those of earlier versions are at the ends of [0, 1].
 *
 * @throws TypeError or RangeError naming the field or tensor.
 */
export function checkAdapter(caller: string, adapter: unknown, name = 'adapter'): asserts adapter is Adapter {
  const { config, tensors } = (adapter ?? {}) as Partial<Adapter>;
  checkValue(caller, `${name}.config`, adapterConfigSchema, config);
  if (!(tensors instanceof Map)) throw new TypeError(`${caller}: ${name}.tensors must be a Map of names and tensors, got ${show(tensors)}`);
  const { head, sites } = config;
  for (const [key, entry] of tensors as ReadonlyMap<unknown, unknown>) {
    if (typeof key !== 'string' || !key.includes('/')) throw new TypeError(`${caller}: tensors must be named layer/weight, got ${show(key)}`);
    checkValue(caller, `tensor ${key}`, tensorSchema, entry);
    const { shape, data } = entry;
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== data.length) throw new RangeError(`${caller}: tensor ${key} of shape [${shape.join(', ')}] must have ${size} numbers, got ${data.length}`);
    const isRaw = /\/(beta|coeff)$/.test(key) && Object.hasOwn(sites, key.slice(0, key.lastIndexOf('/')));
    const bad = data.find((value) => Number.isNaN(value) || (!isRaw && !Number.isFinite(value)));
    if (bad !== undefined) throw new RangeError(`${caller}: tensor ${key} must hold finite numbers, got ${bad}; train anew with a lower learning rate`);
  }
  const kernel = (tensors as Adapter['tensors']).get('head/kernel');
  if (head !== null && kernel !== undefined && `${head.features},${head.classes}` !== kernel.shape.join()) throw new RangeError(`${caller}: ${name}.config.head says ${head.features} features and ${head.classes} classes, and head/kernel has shape [${kernel.shape.join(', ')}]`);
  if ((head === null) !== (kernel === undefined)) throw new TypeError(`${caller}: ${name}.config.head must be ${kernel === undefined ? 'null where there is no head/kernel' : 'the sizes of head/kernel'}, got ${show(head)}`);
  const statistics = [...(tensors as Adapter['tensors']).keys()].some((key) => /\/moving_(mean|variance)$/.test(key));
  if (statistics !== config.batchNorm) throw new TypeError(`${caller}: ${name}.config.batchNorm must be ${statistics}, for it holds ${statistics ? '' : 'no '}moving statistics, got ${config.batchNorm}`);
}
