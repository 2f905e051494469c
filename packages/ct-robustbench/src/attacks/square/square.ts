/**
 * Square: random search by painting squares; sees the logits only, no gradient.
 */
import { count, flag, options, real } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { margin, predictedClass } from '../../model/losses.js';
import type { AttackBatch, AttackContext, AttackOutcome } from '../attackBatch.js';
import { gather, runVariants, unfooled, untouched } from '../attackBatch.js';
import { Lookahead } from '../lookahead.js';
import type { Proposals } from './proposals.js';
import { LinfProposals } from './squareLinf.js';
import { NormedProposals } from './squareNormed.js';

/** Settings of Square. */
export interface SquareSettings {
  /** Proposals for each image. Default: 5000. */
  queries?: number | undefined;
  /** Independent runs on the images that are left. Default: 1. */
  restarts?: number | undefined;
  /** Share of the image that the first squares cover. Default: 0.8. */
  initialShare?: number | undefined;
  /**
   * Stretches the schedule of sizes, made for 10,000 queries, to the queries there are. Default: false, as AutoAttack
   * has it.
   */
  rescaleSchedule?: boolean | undefined;
}

export const squareSettings: Schema<SquareSettings> = options<SquareSettings>({
  queries: count,
  restarts: count,
  initialShare: real({ above: 0, max: 1 }),
  rescaleSchedule: flag,
});

/**
 * The attack, on images `[height, width, channels]`.
 *
 * Where a square lies is drawn once a query for all images, as in the original; what differs between images comes
 * from each image's own stream. Most proposals are rejected, so several queries of an image are evaluated at once as
 * if all but the last were; those after an accepted one are thrown away. The result is that of one after another.
 *
 * Source: Andriushchenko et al. 2020, arXiv 1912.00049; L1: Croce & Hein 2021, arXiv 2103.01208.
 */
export async function square(
  context: AttackContext,
  batch: AttackBatch,
  settings: SquareSettings,
): Promise<AttackOutcome> {
  const { size } = context.model;
  if (batch.count === 0) return untouched(batch, size);
  return runVariants(batch, size, settings.restarts ?? 1, (part) => search(context, part, settings));
}

/** The share of the image that a square covers at a query: halves at fixed queries. */
export function squareShare(
  query: number,
  { queries = 5000, initialShare = 0.8, rescaleSchedule = false }: SquareSettings,
): number {
  const at = rescaleSchedule ? Math.trunc((query / queries) * 10000) : query;
  const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].filter((limit) => at > limit).length;
  return initialShare / 2 ** halvings;
}

/** Rows of one pass, looked-ahead queries included. */
const MOST_ROWS = 512;

async function search(context: AttackContext, batch: AttackBatch, settings: SquareSettings): Promise<AttackOutcome> {
  const { model, norm, eps, seed } = context;
  const { size } = model;
  const { count, labels } = batch;
  const [height, width, channels] = model.imageShape as [number, number, number];
  const setting = {
    clean: batch.images,
    ids: batch.ids,
    variants: batch.variants!,
    height,
    width,
    channels,
    eps,
    seed,
    share: (query: number) => squareShare(query, settings),
  };
  const proposals: Proposals = norm === 'Linf' ? new LinfProposals(setting) : new NormedProposals(norm, setting);

  const best = new Float32Array(count * size);
  for (let row = 0; row < count; row++) proposals.start(row, best, row * size);
  const { data, classes } = await model.logits(best, count);
  const margins = Float64Array.from({ length: count }, (_, row) => margin(data, row * classes, classes, labels[row]!));

  const queries = settings.queries ?? 5000;
  const nextQuery = new Int32Array(count);
  const lookahead = new Lookahead(Math.max(1, Math.floor(MOST_ROWS / count)));
  // The comparison is written so that a NaN counts as found.
  const unfinished = (row: number): boolean => margins[row]! > 0 && nextQuery[row]! < queries;
  for (
    let active = Int32Array.from(margins.keys());
    (active = unfooled(batch, active, (row) => !(margins[row]! > 0)).filter(unfinished)).length > 0;
  ) {
    const ahead = lookahead.begin();
    // Each row several times, once for each query.
    const rows = repeated(active, ahead, (row) => queries - nextQuery[row]!);
    const points = gather(best, rows, size);
    const query = new Int32Array(rows.length);
    rows.forEach((row, i) => {
      query[i] = i > 0 && rows[i - 1] === row ? query[i - 1]! + 1 : nextQuery[row]!;
      proposals.propose(row, query[i], points, i * size);
    });
    const { data: z } = await model.logits(points, rows.length);
    let spent = 0;
    rows.forEach((row, i) => {
      // Not the query that is due: one before it was accepted, and this one started from an outdated point.
      if (query[i] !== nextQuery[row] || !(margins[row]! > 0)) return;
      const found = margin(z, i * classes, classes, labels[row]!);
      const accepted = found < margins[row]! || !(found > 0);
      nextQuery[row]!++;
      spent++;
      if (!accepted) return;
      margins[row] = found;
      best.set(points.subarray(i * size, (i + 1) * size), row * size);
      // Skips what was looked ahead: no later entry of this pass may match.
      for (let k = i + 1; k < rows.length && rows[k] === row; k++) query[k] = -1;
    });
    lookahead.end(spent);
  }
  return finalOutcome(context, batch, best);
}

/** Who is fooled is decided by the predicted class, as for every attack: a margin of 0 may go either way. */
async function finalOutcome(context: AttackContext, batch: AttackBatch, best: Float32Array): Promise<AttackOutcome> {
  const { size } = context.model;
  const outcome = untouched(batch, size);
  const { data, classes } = await context.model.logits(best, batch.count);
  for (let row = 0; row < batch.count; row++) {
    if (predictedClass(data, row * classes, classes) === batch.labels[row]) continue;
    outcome.fooled[row] = 1;
    outcome.adversarial.set(best.subarray(row * size, (row + 1) * size), row * size);
  }
  return outcome;
}

/** Every row `times` times in a row, or as often as it has queries left. */
function repeated(rows: Int32Array, times: number, left: (row: number) => number): Int32Array {
  return Int32Array.from(Array.from(rows, (row) => new Array<number>(Math.min(times, left(row))).fill(row)).flat());
}
