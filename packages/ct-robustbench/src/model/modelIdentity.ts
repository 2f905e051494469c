/**
 * What tells a model from others: its weights where it shows them, and what it says about a few images.
 */
import { Digest, hashOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AttackedModel, ImageFunction, Model } from './attackedModel.js';

/** Functions that call a model, and what they do besides. */
type Inner = WeakMap<ImageFunction, { model: Model; besides: unknown }>;
// On globalThis: a program may hold the ES modules and the CommonJS build of this package.
const INNER: unique symbol = Symbol.for('@curvature-tuning/robustbench/inner');
const inner: Inner = ((globalThis as { [INNER]?: Inner })[INNER] ??= new WeakMap());

/** Notes that a function calls a model. */
export function rememberInner(outer: ImageFunction, model: Model, besides: unknown): void {
  inner.set(outer, { model, besides });
}

/** SHA-256 of all weights and statistics as they are now; null for functions, which do not show theirs. */
export async function weightsHash(model: Model): Promise<string | null> {
  const called = typeof model === 'function' ? inner.get(model) : undefined;
  if (called !== undefined) {
    const hash = await weightsHash(called.model);
    return hash === null ? null : new Digest().text(hash).json(called.besides).hex();
  }
  const tensors = weightsOf(model);
  if (tensors === undefined) return null;
  const digest = new Digest();
  for (const { dtype, shape, data } of tensors)
    digest.json([dtype, shape]).text(await hashOf((await data()) as Float32Array));
  return digest.hex();
}

interface LayerLike {
  layers?: LayerLike[];
  layer?: LayerLike;
  weights?: { originalName?: string; read?: () => Tensor }[];
}

/** The weights of a tfjs-layers model or of a GraphModel, in an order that does not depend on which are trainable. */
function weightsOf(
  model: Model,
): { dtype: string; shape: readonly number[]; data: () => Promise<unknown> }[] | undefined {
  if (typeof model === 'function') return undefined;
  const { layers, weights } = model as { layers?: unknown; weights?: unknown };
  if (Array.isArray(layers))
    return leavesOf(model as LayerLike)
      .flatMap((layer) => byName(layer.weights ?? []))
      .map((weight) => described(weight.read!()));
  if (typeof weights !== 'object' || weights === null) return undefined;
  const named = Object.entries(weights as Record<string, Tensor[]>).sort(([a], [b]) => (a < b ? -1 : 1));
  return named.flatMap(([, tensors]) => [tensors].flat().map(described));
}

function leavesOf(layer: LayerLike): LayerLike[] {
  if (Array.isArray(layer.layers)) return layer.layers.flatMap(leavesOf);
  return [layer];
}

function byName<T extends { originalName?: string }>(weights: readonly T[]): T[] {
  const nameOf = ({ originalName = '' }: T): string => originalName.slice(originalName.lastIndexOf('/') + 1);
  return [...weights].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))));
}

function described(t: Tensor): { dtype: string; shape: readonly number[]; data: () => Promise<unknown> } {
  return { dtype: t.dtype, shape: t.shape, data: () => t.data() };
}

/** Images that a model is asked about. */
const ASKED = 3;
/** What backends may differ by in a logit, relative to the largest of its image. */
const TOLERANCE = 1e-4;

/**
 * Logits of the first few images, each by itself; null when the model gives others each time. Passes are not counted.
 */
export async function answersOf(model: AttackedModel, images: Float32Array): Promise<Float32Array | null> {
  const { forward } = model.counts;
  const ask = async (): Promise<Float32Array> => {
    const answers: number[] = [];
    for (let i = 0; i < Math.min(ASKED, images.length / model.size); i++)
      answers.push(...(await model.logits(images.subarray(i * model.size, (i + 1) * model.size), 1)).data);
    return Float32Array.from(answers);
  };
  const answers = await ask();
  const again = await ask();
  model.counts.forward = forward;
  return sameAnswers(answers, again) ? answers : null;
}

/** Whether logits are the same but for rounding. */
export function sameAnswers(a: Float32Array, b: Float32Array): boolean {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= TOLERANCE * largest);
}
