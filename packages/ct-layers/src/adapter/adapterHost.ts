/**
 * Adapters on a model: applied, switched, disabled and removed at run time, without copying the network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, flag, func, options as optionsOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { keep, tensor } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { Adapter } from './adapterSchema.js';
import { adapterWithinEnds, HEAD, isHead, namedWeights, weightsBeside } from './adapter.js';
import { adapterSchema } from './adapterSchema.js';
import { baseFingerprint, originalHashes } from '../model/baseFingerprint.js';
import { shared } from '../host/copies.js';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { checkFit, checkMeta } from './adapterFit.js';
import { setOutput } from './outputActivation.js';
import { metaOf, setMeta } from '../model/classifier/meta.js';
import { GrownHead } from './grownHead.js';
import { writeHead } from './headWeights.js';
import { headOf } from '../model/headOf.js';
import { variableOf } from '../host/layerInternals.js';
import { checkLayersModel, layersModel } from '../model/modelKind.js';
import type { TrainedBeside } from '../model/trainedBeside.js';
import { setTrainedBeside, trainedBeside } from '../model/trainedBeside.js';

/** How an adapter is put on a model. */
export interface ApplyAdapterOptions {
  /** The adapter's name on this model; one that is there already is replaced. Default `'default'`. */
  name?: string | undefined;
  /** Applies it even if the model's own weights differ from those it was made for. Default false. */
  force?: boolean | undefined;
}

export const applyAdapterArguments: Entries<{ model: LayersModel; adapter: Adapter; options: ApplyAdapterOptions }> = {
  model: layersModel,
  adapter: adapterSchema,
  options: optionsOf<ApplyAdapterOptions>({ name: filledText, force: flag }),
};

/** The arguments of `switchAdapter` and `removeAdapter`. */
export const namedAdapterArguments: Entries<{ model: LayersModel; name: string }> = {
  model: layersModel,
  name: filledText,
};

export const disableAdaptersArguments: Entries<{ model: LayersModel; body: () => unknown }> = {
  model: layersModel,
  body: func(),
};

/** What a model has been given. The tensors are its own, and are few. */
interface Host {
  /** What the weights were before the first adapter. */
  originals: Map<string, Tensor>;
  /** What had been trained beside by then. */
  trained: TrainedBeside;
  adapters: Map<string, Map<string, Tensor>>;
  active: string | undefined;
  /** What each adapter says of the classifier that it makes. */
  metas: Map<string, ClassifierMeta>;
  /** What the model said of itself before. */
  meta: ClassifierMeta;
  /** The head that the model was given, having none of its own. */
  grown: GrownHead | undefined;
  /** Gives the model its own kind of output back. */
  restoreOutput: () => void;
}

const hosts = shared('hosts', () => new WeakMap<LayersModel, Host>());

/**
 * Puts an adapter on a model and switches to it.
 *
 *     const { model } = replaceActivations(base, { sharing: 'channel' });
 *     await applyAdapter(model, digits, { name: 'digits' });
 *
 * The model's weights change in place: curvature, moving statistics, what was trained beside, and the head, whose
 * number of classes may change with it. A model without a head, such as `graphFeatures` makes, is given one, and its
 * output is then the adapter's logits. The next `predict` uses all that. What the model had before is kept, bit for
 * bit, until the last adapter is removed; remove adapters before the model is disposed of.
 *
 * Meanwhile the model's `userDefinedMetadata` say what was trained beside, for copies and for what is saved of the
 * model.
 *
 * @throws Error naming every missing, unexpected and mis-shaped entry; or when the model's own weights are not those
 *   that the adapter was made for, unless forced. After an error the model is as it was.
 */
export async function applyAdapter(
  model: LayersModel,
  adapter: Adapter,
  options: ApplyAdapterOptions = {},
): Promise<void> {
  check('applyAdapter', applyAdapterArguments, { model, adapter, options });
  const { name = 'default', force = false } = options;
  const fingerprint = await baseFingerprint(model);
  checkFit(model, adapter, hosts.get(model)?.grown !== undefined);
  if (!force && fingerprint !== adapter.config.base.fingerprint) {
    throw new Error(
      `applyAdapter: the adapter was made for "${adapter.config.base.name}" ` +
        `(${adapter.config.base.fingerprint}), and the weights of "${model.name}" (${fingerprint}) differ ` +
        'from its; ' +
        'load the network it was made for, or pass {force: true}',
    );
  }
  const meta = hosts.get(model)?.meta ?? metaOf('applyAdapter', model);
  if (!force) checkMeta(model, adapter, meta);
  const trained = trainedBeside('applyAdapter', model);
  const left = [...(hosts.get(model)?.trained ?? trained).keys()].filter((entry) => !adapter.tensors.has(entry));
  if (!force && left.length > 0) {
    throw new Error(
      `applyAdapter: ${left.join(', ')} of "${model.name}" ${left.length === 1 ? 'was' : 'were'} trained, ` +
        `and the adapter, which does not hold ${left.length === 1 ? 'it' : 'them'}, was made for what was ` +
        'there before; apply it to the base network, or pass {force: true}',
    );
  }
  const changed = await originalHashes(
    'applyAdapter',
    model,
    [...weightsBeside(model)].filter(([entry]) => adapter.tensors.has(entry)),
  );
  const host = hosts.get(model) ?? {
    originals: new Map<string, Tensor>(),
    trained,
    adapters: new Map<string, Map<string, Tensor>>(),
    active: undefined,
    metas: new Map<string, ClassifierMeta>(),
    meta,
    grown: undefined,
    restoreOutput: () => undefined,
  };
  hosts.set(model, host);
  if (adapter.config.head !== null && headOf(model) === undefined) {
    host.grown ??= new GrownHead(model, adapter.config.head.classes);
    host.grown.attach();
  }
  const weights = namedWeights(model);
  for (const entry of adapter.tensors.keys()) {
    if (host.originals.has(entry)) continue;
    host.originals.set(entry, keep(weights.get(entry)!.read().clone()));
  }
  setTrainedBeside(model, new Map([...trained, ...changed]));
  const tensors = new Map(
    [...adapterWithinEnds(adapter).tensors].map(([entry, { data, shape }]) => [
      entry,
      keep(tensor(data.slice(), shape, 'float32')),
    ]),
  );
  const replaced = host.adapters.get(name);
  if (replaced !== undefined && host.active === name) activate(model, host, undefined);
  replaced?.forEach((t) => t.dispose());
  host.adapters.set(name, tensors);
  host.metas.set(name, adapter.config.meta ?? {});
  activate(model, host, name);
}

/** Switches to an adapter that was applied before; takes effect at the next `predict` and copies its numbers only. */
export function switchAdapter(model: LayersModel, name: string): void {
  check('switchAdapter', namedAdapterArguments, { model, name });
  activate(model, hostWith('switchAdapter', model, name), name);
}

/** The names of the adapters of a model, and which of them is active. */
export function listAdapters(model: LayersModel): { names: string[]; active: string | undefined } {
  checkLayersModel('listAdapters', model);
  const host = hosts.get(model);
  return { names: [...(host?.adapters.keys() ?? [])], active: host?.active };
}

/** Runs `body` on the model as it was before any adapter, and switches back, whatever happens. */
export async function disableAdapters<T>(model: LayersModel, body: () => T | Promise<T>): Promise<T> {
  check('disableAdapters', disableAdaptersArguments, { model, body });
  const host = hosts.get(model);
  const active = host?.active;
  if (host === undefined || active === undefined) return body();
  activate(model, host, undefined);
  try {
    return await body();
  } finally {
    activate(model, host, active);
  }
}

/** Takes an adapter off a model; if it is the active one, the model is exactly what it was before any adapter. */
export function removeAdapter(model: LayersModel, name = 'default'): void {
  check('removeAdapter', namedAdapterArguments, { model, name });
  const host = hostWith('removeAdapter', model, name);
  if (host.active === name) activate(model, host, undefined);
  host.adapters.get(name)!.forEach((t) => t.dispose());
  host.adapters.delete(name);
  host.metas.delete(name);
  if (host.adapters.size > 0) return;
  host.originals.forEach((original) => original.dispose());
  host.grown?.dispose();
  setTrainedBeside(model, host.trained);
  hosts.delete(model);
}

function hostWith(caller: string, model: LayersModel, name: string): Host {
  const host = hosts.get(model);
  if (host === undefined || !host.adapters.has(name)) {
    const names = [...(host?.adapters.keys() ?? [])];
    throw new Error(
      `${caller}: "${model.name}" has no adapter "${name}"; ` +
        `${names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`}: applyAdapter puts one on`,
    );
  }
  return host;
}

/** Gives the weights the values of an adapter, and of the originals where it has none. */
function activate(model: LayersModel, host: Host, name: string | undefined): void {
  const values = name === undefined ? undefined : host.adapters.get(name)!;
  if (values?.has(`${HEAD}/kernel`)) host.grown?.attach();
  else host.grown?.detach();
  const weights = namedWeights(model);
  const head = headOf(model);
  for (const [entry, original] of host.originals)
    if (!isHead(entry) || head !== undefined) write(head, entry, weights.get(entry), values?.get(entry) ?? original);
  host.restoreOutput();
  const { output, ...meta } = (name !== undefined && host.metas.get(name)) || {};
  const isHeaded = values?.has(`${HEAD}/kernel`) === true;
  host.restoreOutput = isHeaded && output !== undefined ? setOutput(model, output) : () => undefined;
  setMeta(model, { ...host.meta, ...(isHeaded && { classNames: undefined }), ...meta });
  host.active = name;
}

function write(
  head: layersNamespace.Layer | undefined,
  entry: string,
  weight: LayerVariable | undefined,
  value: Tensor,
): void {
  if (isHead(entry)) writeHead(head!, entry.slice(HEAD.length + 1) as 'kernel' | 'bias', value);
  // Not `write`, which would apply a constraint.
  else variableOf(weight!).assign(value);
}
