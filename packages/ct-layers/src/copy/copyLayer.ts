/**
 * Copies one layer: from its configuration, and what that leaves out from the layer itself.
 *
 * `getConfig` is written by many hands. tfjs' own keeps no argument of an activation that is a layer, those of custom
 * layers may keep nothing. So the fields of both layers are compared, and what differs goes over.
 */
import { cloned } from '@curvature-tuning/checks';
import { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { layers, LayerVariable as Weight } from '@tensorflow/tfjs-layers';
import { CTActivation } from '../unit/ctActivation.js';
import type { Layer } from '../host/layerInternals.js';
import { baseFields, fieldsOf, internals, isActivationField, partsOf, variableOf } from '../host/layerInternals.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { entryOf, innerModel } from '../model/modelConfig.js';
import { isOurs } from '../host/ownCalls.js';
import { weightName } from '../model/weightName.js';

/** What copying needs to know beside a layer. */
export interface CopyContext {
  /** Names the caller in errors. */
  caller: string;
  /** Copies a model that a layer wraps or keeps. */
  copyInner: (model: LayersModel) => LayersModel;
}

type Config = Readonly<Record<string, unknown>>;
type LayerClass = serialization.SerializableConstructor<Layer> & { fromConfig: typeof layers.Layer.fromConfig };

/**
 * A new layer, not yet built, in place of `layer`.
 *
 * @param own The layer's entry.
 * @param entry What becomes of it: `own`, or `own` with another class or some of its configuration replaced.
 * @throws Error naming the layer when it cannot be made, or has a method of its own.
 */
export function copyLayer(context: CopyContext, layer: Layer, own: LayerEntry, entry: LayerEntry): Layer {
  const copy = make(context, layer, own, entry);
  // Initial weights are replaced at once: zeros cost least.
  copy.setFastWeightInitDuringBuild(true);
  carryFields(context, layer, copy, { own: own.config, replaced: entry.config });
  return copy;
}

/**
 * Lets a built copy share the weights of its original, and have them trained or not as there. Weights that it alone has
 * stay as they are.
 */
export function shareWeights(caller: string, original: Layer, copy: Layer): void {
  if (!isOfOneKind(original, copy)) {
    if (copy instanceof CTActivation) copy.resetWeights();
    return;
  }
  const isSame = original.constructor === copy.constructor;
  for (const [from, to] of weightPairs(original, copy)) {
    const [shape, copied] = [from.shape.join(', '), to?.shape.join(', ')];
    if (to === undefined || shape !== copied)
      refuse(
        caller,
        original,
        `its weight ${weightName(from)} is [${shape}], ${copied === undefined ? 'and missing' : `[${copied}]`} in a ` +
          'layer made from its configuration',
      );
    // Not `write`, which applies the constraint and so parts the buffers.
    variableOf(to).assign(variableOf(from));
    if (isSame) to.trainable = from.trainable;
  }
  // A part that a layer builds when it first runs has no weights yet.
  for (const [part, twin] of twinParts(original, copy))
    if (twin.built || twin.weights.length > 0) shareWeights(caller, part, twin);
}

/** Refuses to copy a layer. */
export function refuse(caller: string, layer: Layer, reason: string, cause?: unknown): never {
  const className = layer.getClassName();
  throw new Error(
    `${caller}: the layer "${layer.name}" (${className}) cannot be copied: ${reason}; let the getConfig ` +
      `of ${className} return all that the layer is made from`,
    cause === undefined ? undefined : { cause },
  );
}

function make(context: CopyContext, layer: Layer, own: LayerEntry, { className, config }: LayerEntry): Layer {
  const Made = (
    className === own.className
      ? layer.constructor
      : serialization.SerializationMap.getMap().classNameMap[className]?.[0]
  ) as LayerClass;
  const wrapped = (layer as { layer?: unknown }).layer;
  try {
    if (wrapped instanceof layers.Layer && config['layer'] === own.config['layer'])
      return new Made({ ...config, layer: copyPart(context, wrapped) });
    return Made.fromConfig(Made, { ...config });
  } catch (error) {
    return refuse(context.caller, layer, (error as Error).message, error);
  }
}

function copyPart(context: CopyContext, part: Layer): Layer {
  if (part === innerModel(part)) return context.copyInner(part as LayersModel);
  const entry = entryOf(part);
  return copyLayer(context, part, entry, entry);
}

/** Whether two layers are of one class, or one has what a subclass adds. */
function isOfOneKind(original: Layer, copy: Layer): boolean {
  return copy instanceof original.constructor || original instanceof copy.constructor;
}

/** Gives a new layer what the original has in its fields, but for what was replaced in its configuration. */
function carryFields(
  context: CopyContext,
  original: Layer,
  copy: Layer,
  { own, replaced }: { own: Config; replaced: Config },
): void {
  if (!isOfOneKind(original, copy)) return;
  const [from, to] = [fieldsOf(original), fieldsOf(copy)];
  const isSame = original.constructor === copy.constructor;
  internals(copy).trainable_ = internals(original).trainable_;
  for (const [field, value] of Object.entries(from)) {
    if (baseFields().has(field) || own[field] !== replaced[field] || (!isSame && !(field in to))) continue;
    if (typeof value === 'function') {
      const isMethod = typeof (Object.getPrototypeOf(original) as Record<string, unknown>)[field] === 'function';
      if (isMethod && !isOurs(value))
        refuse(context.caller, original, `its method ${field} was set on the layer itself`);
      if (!isMethod && String(to[field]) !== String(value)) to[field] = value;
    } else if (isPlain(value)) {
      if (isPlain(to[field]) && !isEqual(value, to[field])) to[field] = cloned(value);
    } else if (isActivationField(field) || isStrategy(value)) {
      // Initialisers, regularisers, constraints and activations have no state: both layers may have the same.
      to[field] = value;
    } else if (to[field] === undefined && !(value instanceof Weight) && !holdsTensor(value)) {
      to[field] = value instanceof layers.Layer ? copyPart(context, value) : value;
    }
  }
  for (const [part, twin, field] of twinParts(original, copy)) {
    const inside = (config: Config): Config =>
      field === 'layer 0' ? ((config['layer'] as LayerEntry | undefined)?.config ?? {}) : {};
    carryFields(context, part, twin, { own: inside(own), replaced: inside(replaced) });
  }
}

/** The parts of two layers that correspond, but for models, whose layers are copied each by itself. */
function twinParts(original: Layer, copy: Layer): [part: Layer, twin: Layer, field: string][] {
  const twins = partsOf(copy);
  return [...partsOf(original)].flatMap(([field, part]): [Layer, Layer, string][] => {
    const twin = twins.get(field);
    return twin === undefined || twin === part || part === innerModel(part) ? [] : [[part, twin, field]];
  });
}

/**
 * The own weights of a layer and those of its copy, by name where names are unique, for a copy of another class may
 * have more or fewer; else in the order in which they were made, which no flag changes, as it does that of `weights`.
 */
function weightPairs(original: Layer, copy: Layer): [from: LayerVariable, to: LayerVariable | undefined][] {
  const ownWeights = (layer: Layer): LayerVariable[] => [
    ...internals(layer)._trainableWeights,
    ...internals(layer)._nonTrainableWeights,
  ];
  const [from, to] = [ownWeights(original), ownWeights(copy)];
  const isUnique = [from, to].every((list) => new Set(list.map(weightName)).size === list.length);
  const pairs = from.map((weight, i): [LayerVariable, LayerVariable | undefined] => [
    weight,
    isUnique ? to.find((other) => weightName(other) === weightName(weight)) : to[i],
  ]);
  // A copy without what a subclass adds has no place for its weights.
  return copy instanceof original.constructor ? pairs : pairs.filter(([, twin]) => twin !== undefined);
}

function isStrategy(value: unknown): boolean {
  return value instanceof serialization.Serializable && !(value instanceof layers.Layer);
}

/** Numbers, strings and the like, and lists and records of them. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol';
  if (ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as null) && Object.values(value).every(isPlain);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const [as, bs] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    as.length === bs.size &&
    as.every(([key, value]) => bs.has(key) && isEqual(value, bs.get(key)))
  );
}

/** Whether a value is a tensor, or a list of some. */
export function holdsTensor(value: unknown): boolean {
  return value instanceof Tensor || (Array.isArray(value) && value.some(holdsTensor));
}
