/**
 * Tells what activation an entry of a model's configuration holds, and where.
 */
import type { ActivationKind } from '../unit/activationKind.js';
import type { CTActivationArgs } from '../unit/ctActivationArgs.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { wrappedEntry } from '../model/modelConfig.js';

/** An activation that surgery can take out of its entry. */
export interface Recognised {
  kind: ActivationKind;
  /** What the CT layer needs beside beta and coeff. */
  unit: Pick<CTActivationArgs, 'maxValue' | 'alpha'>;
  /** The entry is the activation, or has it as the argument `activation`, its own or that of the layer it wraps. */
  form: 'layer' | 'fused' | 'wrapped';
}

/** Layers that apply `activation` to their output and to nothing else, so that it can be split off. */
const SPLITTABLE = new Set([
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv3D',
  'Conv2DTranspose',
  'Conv3DTranspose',
  'SeparableConv2D',
  'DepthwiseConv2D',
  'LocallyConnected1D',
  'LocallyConnected2D',
]);

/** tfjs' names of activations that surgery knows. */
const NAMED: Record<string, Pick<Recognised, 'kind' | 'unit'>> = {
  relu: { kind: 'relu', unit: {} },
  relu6: { kind: 'relu6', unit: { maxValue: 6 } },
  gelu: { kind: 'gelu', unit: {} },
  gelu_new: { kind: 'gelu', unit: {} },
  swish: { kind: 'silu', unit: {} },
};

const named = (name: unknown): Pick<Recognised, 'kind' | 'unit'> | undefined =>
  typeof name === 'string' && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;

/** The activation of an entry, if it is one that can be replaced. */
export function recognise(entry: LayerEntry): Recognised | undefined {
  const { className, config } = entry;
  if (className === 'TimeDistributed') {
    // Elementwise units need no wrapper: they act on every time step as it is.
    const inner = recognise(wrappedEntry(entry));
    return inner && { ...inner, form: inner.form === 'layer' ? 'layer' : 'wrapped' };
  }
  if (className === 'ReLU') {
    const maxValue = config['maxValue'] as number | null | undefined;
    return maxValue == null
      ? { ...NAMED['relu']!, form: 'layer' }
      : { kind: 'relu6', unit: { maxValue }, form: 'layer' };
  }
  if (className === 'LeakyReLU')
    return { kind: 'leakyRelu', unit: { alpha: config['alpha'] as number }, form: 'layer' };
  const activation = named(config['activation']);
  if (activation === undefined) return undefined;
  if (className === 'Activation') return { ...activation, form: 'layer' };
  return SPLITTABLE.has(className) ? { ...activation, form: 'fused' } : undefined;
}

/** An activation that an entry has but that `recognise` does not: `kind` is what it is, if that is a kind we know. */
export interface OtherActivation {
  description: string;
  kind: ActivationKind | undefined;
}

const OTHER_LAYERS = new Set(['PReLU', 'ELU', 'ThresholdedReLU', 'Softmax', 'CTActivation']);

/** What else an entry holds that a reader of an error message would call an activation. */
export function otherActivation(entry: LayerEntry): OtherActivation | undefined {
  const { className, config } = entry;
  const own = config['activation'];
  const kind = OTHER_LAYERS.has(className) ? undefined : buriedKind(config);
  const isOther = kind !== undefined || OTHER_LAYERS.has(className) || (typeof own === 'string' && own !== 'linear');
  return isOther ? { ...describe(entry), kind } : undefined;
}

/** An entry with an activation, for messages: `Dense, tanh`. */
export function describe({ className, config }: LayerEntry): Pick<OtherActivation, 'description'> {
  const own = config['activation'];
  return { description: typeof own === 'string' ? `${className}, ${own}` : className };
}

/** The kind of an activation anywhere inside a configuration, as recurrent and wrapping layers have them. */
function buriedKind(config: unknown): ActivationKind | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  const entry = config as LayerEntry;
  if (typeof entry.className === 'string' && typeof entry.config === 'object') {
    const found = recognise(entry);
    if (found !== undefined) return found.kind;
  }
  for (const [key, value] of Object.entries(config)) {
    const kind = /activation$/i.test(key) ? named(value)?.kind : buriedKind(value);
    if (kind !== undefined) return kind;
  }
  return undefined;
}
