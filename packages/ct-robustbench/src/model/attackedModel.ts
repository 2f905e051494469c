/**
 * The model as an attack sees it: images in, logits and input gradients out.
 *
 * The arithmetic of the attacks runs on typed arrays in double precision, a few nanoseconds a pixel; only forward and
 * backward passes run on the tfjs backend. That keeps every image apart from every other, needs no kernel beyond the
 * model's own, and was measured faster than op-by-op arithmetic on tensors wherever the model is more than a toy.
 */
import { isTensor, matching, missingKernel, show } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { GradSaveFunc, NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, dispose, getBackend, grad, keep, memory, scalar, tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModelLike } from './inputGradientsOnly.js';
import { applyForInputGradients, isLayersModel, outputsOf, singleOutput } from './inputGradientsOnly.js';
import { passBytes } from './passBytes.js';

/** Images `[batch, ...image shape]` with pixels in [0, 1] to logits `[batch, classes]`. */
export type ImageFunction = (images: Tensor) => Tensor;

/** Anything with `predict`, such as a GraphModel. */
export interface Predictor {
  /** Logits `[batch, classes]` of images. */
  predict(images: Tensor): Tensor | Tensor[] | NamedTensorMap;
}

/**
 * What can be attacked: a tfjs-layers model, a GraphModel, or a function. Normalisation belongs inside it, and its
 * output are logits, not probabilities.
 */
export type Model = ImageFunction | Predictor | LayersModelLike;

/** What can be attacked; what it returns is looked at in each pass. */
export const modelSchema: Schema<Model> = matching(
  (value): value is Model => typeof value === 'function' || isLayersModel(value) || isPredictor(value),
  {
    expects: 'a function from images to logits, a model of tfjs-layers or a GraphModel',
    cure: 'load a model by tf.loadLayersModel or tf.loadGraphModel, and await it',
  },
);

/** Logits of several images, row after row. */
export interface Logits {
  readonly data: Float32Array;
  readonly classes: number;
}

/** dLoss/dLogits of the summed loss; `rows[i]` is the image's row in the attack's arrays. */
export type LogitGradient = (logits: Tensor2D, rows: Int32Array) => Tensor2D;

/** How passes are run. */
export interface AttackedModelOptions {
  /** Who is to blame in errors. Default: 'attack'. */
  caller?: string | undefined;
  /** Bytes that one pass, forward or forward and backward, may take. Default: 512 MiB. */
  memoryBudget?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** How long passes may follow each other before timers and signals of the host get a turn, in ms. */
const TURN = 50;

/** A model whose passes are counted, checked and cut to the memory there is. */
export class AttackedModel {
  /** Images that went through a forward pass, and through a backward pass. */
  readonly counts: { forward: number; backward: number } = { forward: 0, backward: 0 };
  /** Values of one image. */
  readonly size: number;
  /** Hears that passes go on, some times a second. */
  onTurn: (() => void) | undefined;
  private readonly forward: ImageFunction;
  /** Images that fit the memory budget at a time, with the gradient and without. */
  private readonly rowsPerPass: { gradient?: number; logits?: number } = {};
  private lastTurn = performance.now();
  readonly imageShape: readonly number[];
  private readonly options: AttackedModelOptions;
  private classes: number | undefined;

  constructor(model: Model, imageShape: readonly number[], options: AttackedModelOptions = {}) {
    this.imageShape = imageShape;
    this.options = options;
    this.size = imageShape.reduce((product, d) => product * d, 1);
    this.forward = imageFunction(model);
  }

  /**
   * The number of classes, from a pass of one image.
   *
   * One image alone also tells logits `[batch, classes]` from `[classes, batch]`.
   */
  async countClasses(images: Float32Array): Promise<number> {
    return (await this.logits(images, 1)).classes;
  }

  /**
   * Logits of `count` images, read from the start of `images`.
   *
   * @param around Runs each synchronous pass; nobody else can run within it.
   */
  async logits(
    images: Float32Array,
    count: number,
    around: <T>(pass: () => T) => T = (pass) => pass(),
  ): Promise<Logits> {
    if (count > 1)
      this.rowsPerPass.logits ??= this.measureRows(() =>
        tidy(() => this.forward(tensor(images.slice(0, this.size), [1, ...this.imageShape]))),
      );
    return this.inPasses(images, count, this.rowsPerPass.logits ?? count, async (buffer, rows, write) => {
      const output = around(() => tidy(() => this.checkedForward(tensor(buffer, [rows, ...this.imageShape]))));
      const classes = output.shape[1];
      write.logits(await readAndDispose(output), classes);
      this.counts.forward += rows;
    });
  }

  /**
   * Logits of `count` images and the gradient, in the images, of the loss whose derivative `logitGradient` gives:
   * one forward and one backward pass.
   *
   * @param gradient Receives the gradient, image after image.
   */
  async gradient(
    images: Float32Array,
    count: number,
    logitGradient: LogitGradient,
    gradient: Float32Array,
  ): Promise<Logits> {
    this.rowsPerPass.gradient ??= this.measureRows(() => {
      const { logits, dx } = this.gradientPass(images.slice(0, this.size), 1, Int32Array.of(0), logitGradient);
      logits.dispose();
      return dx;
    });
    return this.inPasses(images, count, this.rowsPerPass.gradient, async (buffer, rows, write, rowNumbers) => {
      const { logits, dx } = this.gradientPass(buffer, rows, rowNumbers, logitGradient);
      const classes = logits.shape[1];
      const [z, g] = await Promise.all([readAndDispose(logits), readAndDispose(dx)]);
      write.logits(z, classes);
      gradient.set(g.subarray(0, write.count * this.size), write.first * this.size);
      this.counts.forward += rows;
      this.counts.backward += rows;
    });
  }

  private gradientPass(
    buffer: Float32Array,
    rows: number,
    rowNumbers: Int32Array,
    logitGradient: LogitGradient,
  ): { logits: Tensor2D; dx: Tensor } {
    let logits: Tensor2D | undefined;
    try {
      const dx = tidy(() => {
        const x = tensor(buffer, [rows, ...this.imageShape]);
        // Enters the chain rule at the logits, so that a loss needs a derivative only, and no op of it must have one.
        const loss = customGrad((z, save) => {
          (save as GradSaveFunc)([z as Tensor]);
          return { value: scalar(0), gradFunc: (_dy, saved) => logitGradient(saved[0] as Tensor2D, rowNumbers) };
        });
        return grad((input: Tensor) => {
          logits = keep(this.checkedForward(input));
          return loss(logits);
        })(x);
      });
      return { logits: logits!, dx };
    } catch (error) {
      logits?.dispose();
      throw withCure(error, this.caller);
    }
  }

  private checkedForward(x: Tensor): Tensor2D {
    let output: Tensor;
    try {
      output = this.forward(x);
    } catch (error) {
      throw withCure(error, this.caller);
    }
    if (!isTensor(output)) throw this.badOutput(x, kindOfOutput(output));
    if (output.isDisposed || output.rank !== 2 || output.shape[0] !== x.shape[0] || output.dtype !== 'float32')
      throw this.badOutput(x, show(output));
    const classes = output.shape[1]!;
    if (classes < 2)
      throw this.badOutput(
        x,
        `${classes} for each image; make two of the one logit z of class 1: tf.concat([tf.zerosLike(z), z], 1)`,
      );
    this.classes ??= classes;
    if (classes !== this.classes) throw this.badOutput(x, `${classes} classes after ${this.classes} before`);
    return output as Tensor2D;
  }

  private get caller(): string {
    return this.options.caller ?? 'attack';
  }

  private badOutput(x: Tensor, got: string): TypeError {
    return new TypeError(
      `${this.caller}: model must return float32 logits of shape [${x.shape[0]}, ` +
        `classes], of two classes or more, for images [${x.shape.join(', ')}], got ${got}`,
    );
  }

  private async inPasses(
    images: Float32Array,
    count: number,
    limit: number,
    pass: (
      buffer: Float32Array,
      rows: number,
      write: { first: number; count: number; logits(z: Float32Array, classes: number): void },
      rowNumbers: Int32Array,
    ) => Promise<void>,
  ): Promise<Logits> {
    const perPass = Math.min(count, limit);
    let all: Float32Array | undefined;
    let classes = 0;
    for (let first = 0; first < count; first += perPass) {
      await this.yieldToHost();
      const taken = Math.min(perPass, count - first);
      const rows = paddedRows(taken, perPass);
      const buffer = padded(images.subarray(first * this.size, (first + taken) * this.size), rows * this.size);
      const rowNumbers = Int32Array.from({ length: rows }, (_, i) => first + Math.min(i, taken - 1));
      const write = {
        first,
        count: taken,
        logits: (z: Float32Array, width: number): void => {
          classes = width;
          all ??= new Float32Array(count * width);
          all.set(z.subarray(0, taken * width), first * width);
        },
      };
      await pass(buffer, rows, write, rowNumbers);
    }
    return { data: all ?? new Float32Array(0), classes };
  }

  /** How many images fit the memory budget: the peak of a pass with one image tells. */
  private measureRows(passWithOne: () => Tensor): number {
    const { memoryBudget = 2 ** 29 } = this.options;
    const { value, bytes } = passBytes(passWithOne);
    dispose(value);
    return Math.max(1, Math.floor(memoryBudget / Math.max(1, bytes)));
  }

  private async yieldToHost(): Promise<void> {
    this.options.signal?.throwIfAborted();
    if (performance.now() - this.lastTurn < TURN) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.lastTurn = performance.now();
    this.options.signal?.throwIfAborted();
    this.onTurn?.();
  }
}

function kindOfOutput(output: unknown): string {
  // Nobody will await it: its own failure must not end the process.
  if (output instanceof Promise) output.catch(() => undefined);
  const { length } = outputsOf(output);
  return length > 1 ? `${length} outputs; pass a function that picks the logits` : show(output);
}

/** The model as a function that can be differentiated in its input. */
export function imageFunction(model: Model): ImageFunction {
  if (typeof model === 'function') return model;
  if (isLayersModel(model)) return (x) => applyForInputGradients(model, x);
  return (x) => singleOutput(model.predict(x));
}

function isPredictor(value: unknown): value is Predictor {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Predictor>).predict === 'function';
}

/** WebGL compiles its programs anew for every batch size: it gets few different ones. */
function paddedRows(rows: number, limit: number): number {
  if (getBackend() !== 'webgl') return rows;
  const half = 2 ** Math.floor(Math.log2(rows));
  return Math.min(limit, rows === half ? half : rows <= 1.5 * half ? Math.ceil(1.5 * half) : 2 * half);
}

/** A copy of `values`, filled up to `length` with zeros. */
function padded(values: Float32Array, length: number): Float32Array {
  const buffer = new Float32Array(length);
  buffer.set(values);
  return buffer;
}

async function readAndDispose(tensor: Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}

/** What the wasm backend and the host throw where memory has run out. */
const EXHAUSTION = /memory access out of bounds|cannot enlarge memory|\bAborted\(|out of memory|allocation failed/i;

function withCure(error: unknown, caller: string): unknown {
  if (error instanceof Error && EXHAUSTION.test(error.message) && !error.message.includes('memory has run out')) {
    const megabytes = (memory().numBytes / 2 ** 20).toFixed(0);
    return new Error(
      `${caller}: memory has run out (${error.message.trim()}): tensors take ${megabytes} MB; pass a smaller ` +
        '{memoryBudget} or {batchSize}, and set the backend up anew before going on: one that has trapped may ' +
        'be damaged',
      { cause: error },
    );
  }
  const missing = missingKernel(error);
  if (missing === undefined) return error;
  const { kernel, backend } = missing;
  const cure =
    backend === 'wasm'
      ? "import '@curvature-tuning/wasm-gradients' once, which adds the gradients that tfjs-backend-wasm " +
        'lacks, or choose another backend'
      : 'choose a backend that has it';
  return new Error(
    `${caller}: the model's input gradient needs the kernel ${kernel}, which the backend ${backend} ` +
      `lacks; ${cure}`,
    { cause: error },
  );
}
