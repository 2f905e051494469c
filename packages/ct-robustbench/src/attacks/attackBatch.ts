/**
 * What an attack starts from and what it returns, as plain arrays.
 */
import type { Ball } from '../geometry/norm.js';
import type { AttackedModel } from '../model/attackedModel.js';

/** Correctly classified images, image after image. */
export interface AttackBatch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** The number of each image in the whole evaluation: names its random stream. */
  readonly ids: Int32Array;
  readonly count: number;
  /** When an image stands in several rows, attacked in different ways at once: which way each row is. */
  readonly variants?: Int32Array;
  /** … and which rows are the same image: rows of one number end together once one of them is fooled. */
  readonly groups?: Int32Array;
}

/** The threat and the seed, common to all attacks. */
export interface Threat extends Ball {
  readonly seed: number;
}

/** What all attacks of a run share. */
export interface AttackContext extends Threat {
  readonly model: AttackedModel;
  /** Whether an image is left alone once it is fooled; robust accuracy is the same either way. */
  readonly stopEarly: boolean;
  /** Hears of things that make a result doubtful. */
  readonly warn: (code: 'zero-gradient' | 'non-finite', message: string) => void;
}

/** Where an attack got: `adversarial` holds the clean image where it failed. */
export interface AttackOutcome {
  readonly adversarial: Float32Array;
  readonly fooled: Uint8Array;
}

/** The outcome before the first step. */
export function untouched({ images, count }: AttackBatch, size: number): AttackOutcome {
  return { adversarial: images.slice(0, count * size), fooled: new Uint8Array(count) };
}

/** Rows that are attacked together: enough to keep a backend busy, few enough for the memory. */
const ROWS_TOGETHER = 512;
const VALUES_TOGETHER = 2 ** 24;

/**
 * Runs several variants of an attack (restarts, or target classes) on the images that are left.
 *
 * Variants run one after another on many images, and side by side on few: small batches leave a backend idle. An
 * image's result is the same either way, since every variant has random numbers of its own.
 *
 * @param run The attack on a batch with `variants` and `groups`.
 */
export async function runVariants(
  batch: AttackBatch,
  size: number,
  variants: number,
  run: (part: AttackBatch) => Promise<AttackOutcome>,
): Promise<AttackOutcome> {
  const outcome = untouched(batch, size);
  for (let first = 0; first < variants;) {
    const left = Int32Array.from(outcome.fooled.keys()).filter((row) => outcome.fooled[row] === 0);
    if (left.length === 0) break;
    const fitting = Math.floor(Math.min(ROWS_TOGETHER, VALUES_TOGETHER / size) / left.length);
    const together = Math.min(Math.max(fitting, 1), variants - first);
    const rows = Int32Array.from({ length: left.length * together }, (_, i) => left[i % left.length]!);
    const part = await run({
      images: gather(batch.images, rows, size),
      labels: rows.map((row) => batch.labels[row]!),
      ids: rows.map((row) => batch.ids[row]!),
      count: rows.length,
      variants: rows.map((_, i) => first + Math.floor(i / left.length)),
      groups: rows,
    });
    rows.forEach((row, i) => {
      if (part.fooled[i] === 0 || outcome.fooled[row] === 1) return;
      outcome.fooled[row] = 1;
      outcome.adversarial.set(part.adversarial.subarray(i * size, (i + 1) * size), row * size);
    });
    first += together;
  }
  return outcome;
}

/** Of the rows `active`, those whose image no row has fooled. */
export function unfooled({ groups }: AttackBatch, active: Int32Array, isFooled: (row: number) => boolean): Int32Array {
  if (groups === undefined) return active.filter((row) => !isFooled(row));
  const done = new Set<number>();
  for (const row of active) if (isFooled(row)) done.add(groups[row]!);
  return done.size === 0 ? active : active.filter((row) => !done.has(groups[row]!));
}

/** The given rows of an array of images, one after another. */
export function gather(
  images: Float32Array,
  rows: Int32Array,
  size: number,
  into: Float32Array = new Float32Array(rows.length * size),
): Float32Array {
  rows.forEach((row, i) => into.set(images.subarray(row * size, (row + 1) * size), i * size));
  return into;
}
