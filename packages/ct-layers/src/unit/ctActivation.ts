/**
 * The Curvature Tuning activation as a tfjs layer, shaped like Keras' PReLU.
 *
 * beta and c are stored *raw*, as logits, and pass through a sigmoid in every call: unconstrained numbers can be
 * trained, and the ends 0 and 1 are raw values like others, see rawValue.ts. The configuration states the initial beta
 * and c themselves.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, unitInterval } from '@curvature-tuning/checks';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { add, fill, mul, reshape, serialization, sigmoid, sub, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { initializers, InputSpec, layers } from '@tensorflow/tfjs-layers';
import { ctu, ctuOfPair } from '@curvature-tuning/activation';
import { acrossCopies } from '../host/copies.js';
import { fieldsOf } from '../host/layerInternals.js';
import type { CTActivationArgs, CTActivationNotes } from './ctActivationArgs.js';
import { ctActivationArguments, ctActivationLayerArguments } from './ctActivationArgs.js';
import { rawOf, tensorWithinEnds } from './rawValue.js';
import type { SiteOrigin } from './siteOrigin.js';

type PReLUArgs = NonNullable<Parameters<typeof layers.prelu>[0]>;

/**
 * phi(x; sigmoid(raw beta), sigmoid(raw c)) with one beta and one c per channel of the last axis.
 *
 *     model.add(ctActivation({ beta: 0.9 }));
 *
 * Input and output: any shape, float32. Weights: `beta` and `coeff`, raw, of the input's shape without the batch axis
 * and with 1 along `sharedAxes`. Trainable unless `trainable: false`. In full, with the optional parts:
 *
 *     z = scale·x + shift                     (affine)
 *     u = phi(z) − phi(z − maxValue)          (maxValue; tends to min(max(z, 0), maxValue))
 *     y = alpha·z + (1 − alpha)·u             (alpha; tends to the leaky ReLU)
 *
 * @throws RangeError when beta or coeff lies outside [0, 1], or when maxValue is not positive or alpha not finite.
 * Source: arXiv 2502.07783, section 3; initial values of the authors' TrainableCTU, which starts at raw beta = 1.386.
 */
export function ctActivation(args: CTActivationArgs = {}): CTActivation {
  check('ctActivation', ctActivationArguments, { options: args });
  return new CTActivation(args);
}

export const setBetaArguments: Entries<{ beta: number }> = { beta: unitInterval };
export const setCoeffArguments: Entries<{ coeff: number }> = { coeff: unitInterval };

/** The weights that a CT layer can have. */
export type CurvatureWeight = 'beta' | 'coeff' | 'alpha' | 'scale' | 'shift';

/** The layer that `ctActivation` makes. Its class name in saved models is `CTActivation`. */
export class CTActivation extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'CTActivation';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;

  /** The activation that this layer replaces; null for a layer that no surgery made. */
  readonly siteOrigin: SiteOrigin | null;
  /**
   * Whether weights beside those of CT layers were trained in the model that this layer is part of: its
   * `userDefinedMetadata` say which.
   */
  trainedBeside: boolean;

  private readonly initial: { beta: number; coeff: number; alpha: number };
  private readonly parts: { maxValue: number | null; trainableAlpha: boolean; affine: boolean };
  private readonly sharedAxes: number[] | null;
  private readonly betaSpec: WeightSpec;
  private readonly coeffSpec: WeightSpec;
  private rawBeta?: LayerVariable;
  private rawCoeff?: LayerVariable;
  private leak?: LayerVariable;
  private scale?: LayerVariable;
  private shift?: LayerVariable;
  private readonly bound: { beta?: Tensor1D; coeff?: Tensor1D; pair?: Tensor2D } = {};

  constructor(args: CTActivationArgs & CTActivationNotes = {}) {
    check('CTActivation', ctActivationLayerArguments, { options: args });
    super(args);
    const { maxValue = null, alpha = 0, trainableAlpha = false, affine = false } = args;
    this.initial = { beta: args.beta ?? 0.8, coeff: args.coeff ?? 0.5, alpha };
    this.parts = { maxValue, trainableAlpha, affine };
    this.sharedAxes = typeof args.sharedAxes === 'number' ? [args.sharedAxes] : (args.sharedAxes ?? null);
    this.betaSpec = new WeightSpec('beta', args.betaInitializer, args.betaRegularizer, args.betaConstraint);
    this.coeffSpec = new WeightSpec('coeff', args.coeffInitializer, args.coeffRegularizer, args.coeffConstraint);
    this.siteOrigin = args.siteOrigin ?? null;
    this.trainedBeside = args.trainedBeside ?? false;
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = singleShape(inputShape);
    const shared = this.sharedAxes ?? shape.map((_, axis) => axis).slice(1, -1);
    const weightShape = shape.slice(1).map((size, i) => (shared.includes(i + 1) ? 1 : size));
    const unknown = weightShape.indexOf(null);
    if (unknown !== -1) {
      throw new Error(
        `ctActivation: axis ${unknown + 1} of "${this.name}" has no fixed size in [${shape.join(', ')}]; ` +
          `list it in sharedAxes, or give the model a full input shape`,
      );
    }
    const addRaw = (spec: WeightSpec, value: number): LayerVariable =>
      keptWithinEnds(
        this.addWeight(
          spec.name,
          weightShape,
          'float32',
          spec.initializer ?? initializers.constant({ value: rawOf(value) }),
          spec.regularizer,
          true,
          spec.constraint,
        ),
      );
    this.rawBeta = addRaw(this.betaSpec, this.initial.beta);
    this.rawCoeff = addRaw(this.coeffSpec, this.initial.coeff);
    const channels = shape.at(-1) ?? null;
    if ((this.parts.trainableAlpha || this.parts.affine) && channels === null) {
      throw new Error(
        `ctActivation: trainableAlpha and affine need a fixed last axis, "${this.name}" has ` +
          `[${shape.join(', ')}]; give the model a full input shape`,
      );
    }
    const perChannel = (name: string, value: number): LayerVariable =>
      this.addWeight(name, [channels], 'float32', initializers.constant({ value }), undefined, true);
    if (this.parts.trainableAlpha) this.leak = perChannel('alpha', this.initial.alpha);
    if (this.parts.affine) [this.scale, this.shift] = [perChannel('scale', 1), perChannel('shift', 0)];
    const axes = Object.fromEntries(
      weightShape.flatMap((size, i) => (shared.includes(i + 1) ? [] : [[i + 1, size]])),
    ) as Record<number, number>;
    this.inputSpec = [new InputSpec({ ndim: shape.length, axes })];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tidy(() => {
      const z = this.scale === undefined ? x : add(mul(x, this.scale.read()), this.shift!.read());
      if (this.leak === undefined) return this.curved(z, this.initial.alpha);
      const u = this.curved(z, 0);
      // (1 − a)·u + a·z, with one product fewer.
      return add(u, mul(sub(z, u), this.leak.read()));
    });
  }

  /** The unit itself, of a form. */
  private curved(z: Tensor, alpha: number): Tensor {
    const maxValue = this.parts.maxValue ?? Infinity;
    if (this.bound.pair !== undefined) return ctuOfPair(z, this.bound.pair, { maxValue, alpha });
    // Whoever has bound them differentiates them.
    const wrt = this.bound.beta !== undefined && this.bound.coeff !== undefined ? 'all' : 'wanted';
    return ctu(z, this.value('beta'), this.value('coeff'), { maxValue, alpha, wrt });
  }

  /**
   * Has the layer compute with a tensor in place of the sigmoid of a raw weight, end to end as the weight is, until it
   * is bound to null: for whoever trains many layers' weights as one vector and differentiates that.
   */
  bind(weight: 'beta' | 'coeff', value: Tensor1D | null): void {
    if (value === null) delete this.bound[weight];
    else this.bound[weight] = value;
  }

  /** The same of both weights at once, `[2, channels]`, for a layer that has one beta and one c per channel. */
  bindPair(value: Tensor2D | null): void {
    if (value === null) delete this.bound.pair;
    else this.bound.pair = value;
  }

  /** Whether the layer has one beta and one c for each channel of the last axis. */
  get isPerChannel(): boolean {
    const { shape } = this.requireBuilt('isPerChannel', this.rawBeta);
    const channels = this.inputSpec[0]!.axes?.[shape.length];
    return channels != null && shape.every((size, axis) => size === (axis === shape.length - 1 ? channels : 1));
  }

  /** beta and c of a layer that is phi alone with one of each per channel; else null. */
  perChannel(): { beta: Tensor1D; coeff: Tensor1D } | { pair: Tensor2D } | null {
    const isPhi = this.parts.maxValue === null && this.scale === undefined && (this.leak ?? this.initial.alpha) === 0;
    if (!isPhi || !this.isPerChannel) return null;
    if (this.bound.pair !== undefined) return { pair: this.bound.pair };
    const flat = (t: Tensor): Tensor1D => (t.rank === 1 ? (t as Tensor1D) : reshape(t, [-1]));
    return { beta: flat(this.value('beta')), coeff: flat(this.value('coeff')) };
  }

  /** Whether beta or c is trained. */
  get isCurvatureTrained(): boolean {
    return this.rawBeta!.trainable || this.rawCoeff!.trainable;
  }

  /** What the raw weight stands for, or what it is bound to. */
  private value(name: 'beta' | 'coeff'): Tensor {
    const weight = (name === 'beta' ? this.rawBeta : this.rawCoeff)!;
    const bound = this.bound[name];
    if (bound === undefined) return sigmoid(weight.read());
    return weight.shape.slice(0, -1).some((size) => size !== 1) ? reshape(bound, weight.shape as number[]) : bound;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return singleShape(inputShape);
  }

  /** Sets every beta of this layer to one value in [0, 1]. Takes effect at the next call. */
  setBeta(beta: number): void {
    check('setBeta', setBetaArguments, { beta });
    writeAll(this.requireBuilt('setBeta', this.rawBeta), rawOf(beta));
  }

  /** Sets all weights to the values that the configuration starts from; initialisers are not consulted. */
  resetWeights(): void {
    this.setBeta(this.initial.beta);
    this.setCoeff(this.initial.coeff);
    if (this.leak) writeAll(this.leak, this.initial.alpha);
    if (this.scale) writeAll(this.scale, 1);
    if (this.shift) writeAll(this.shift, 0);
  }

  /** Sets every mixing coefficient of this layer to one value in [0, 1]. Takes effect at the next call. */
  setCoeff(coeff: number): void {
    check('setCoeff', setCoeffArguments, { coeff });
    writeAll(this.requireBuilt('setCoeff', this.rawCoeff), rawOf(coeff));
  }

  /**
   * The raw weights by name: `beta` and `coeff` as logits, and `alpha`, `scale`, `shift` where the layer has them.
   *
   * @throws Error before the layer is built.
   */
  get rawWeights(): Partial<Record<CurvatureWeight, LayerVariable>> & Record<'beta' | 'coeff', LayerVariable> {
    const beta = this.requireBuilt('rawWeights', this.rawBeta);
    return {
      beta,
      coeff: this.rawCoeff!,
      ...(this.leak && { alpha: this.leak }),
      ...(this.scale && { scale: this.scale, shift: this.shift! }),
    };
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...this.initial,
      ...this.parts,
      sharedAxes: this.sharedAxes,
      ...this.betaSpec.getConfig(),
      ...this.coeffSpec.getConfig(),
      siteOrigin: this.siteOrigin as serialization.ConfigDict | null,
      trainedBeside: this.trainedBeside,
    };
  }

  private requireBuilt(caller: string, weight: LayerVariable | undefined): LayerVariable {
    if (weight === undefined) throw new Error(`${caller}: "${this.name}" has no weights yet; add it to a model first`);
    return weight;
  }
}

serialization.registerClass(CTActivation);
acrossCopies(CTActivation, 'CTActivation');

/**
 * Initializer, regularizer and constraint of one weight, from whatever form the user or a saved model has them in.
 *
 * tfjs keeps the functions that parse and serialise these three to itself, so an unused PReLU does both for us.
 */
class WeightSpec {
  readonly name: string;
  private readonly parser: PReLUFields;
  private readonly ownInitializer: boolean;

  constructor(
    name: string,
    alphaInitializer: PReLUArgs['alphaInitializer'],
    alphaRegularizer: PReLUArgs['alphaRegularizer'],
    alphaConstraint: PReLUArgs['alphaConstraint'],
  ) {
    this.name = name;
    this.ownInitializer = alphaInitializer != null;
    // A name of its own, so that the automatic numbering of the user's layers stays as it is.
    const given = Object.entries({ alphaInitializer, alphaRegularizer, alphaConstraint }).filter(
      ([, value]) => value != null,
    );
    this.parser = fieldsOf(layers.prelu({ name: `${name}_spec`, ...Object.fromEntries(given) })) as PReLUFields;
  }

  get initializer(): PReLUFields['alphaInitializer'] | undefined {
    return this.ownInitializer ? this.parser.alphaInitializer : undefined;
  }

  get regularizer(): PReLUFields['alphaRegularizer'] {
    return this.parser.alphaRegularizer;
  }

  get constraint(): PReLUFields['alphaConstraint'] {
    return this.parser.alphaConstraint;
  }

  getConfig(): serialization.ConfigDict {
    const { alphaInitializer, alphaRegularizer, alphaConstraint } = this.parser.getConfig();
    return {
      [`${this.name}Initializer`]: this.ownInitializer ? alphaInitializer! : null,
      [`${this.name}Regularizer`]: alphaRegularizer ?? null,
      [`${this.name}Constraint`]: alphaConstraint ?? null,
    };
  }
}

type AddWeight = Parameters<layers.Layer['addWeight']>;

/** The parts of tfjs-layers' PReLU that `WeightSpec` reads; private in its typings. */
type PReLUFields = {
  alphaInitializer: NonNullable<AddWeight[3]>;
  alphaRegularizer: NonNullable<AddWeight[4]>;
  alphaConstraint: NonNullable<AddWeight[6]>;
  getConfig(): serialization.ConfigDict;
};

/** Lets a weight take infinities, which files of earlier versions hold, as the ends that they stand for. */
function keptWithinEnds(weight: LayerVariable): LayerVariable {
  const write = weight.write.bind(weight);
  weight.write = (value) => {
    tidy(() => void write(tensorWithinEnds(value)));
    return weight;
  };
  return weight;
}

function writeAll(weight: LayerVariable, value: number): void {
  tidy(() => {
    weight.write(fill(weight.shape as number[], value));
  });
}

function singleShape(shape: Shape | Shape[]): Shape {
  return Array.isArray(shape[0]) ? shape[0] : (shape as Shape);
}
