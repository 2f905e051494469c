/** The golden file of the deterministic pieces, typed. */
import { readFileSync } from 'node:fs';

interface Flat {
  shape: number[];
  data: number[];
}

export interface GoldenUnit {
  losses: { logits: Flat; y: number[]; y_target: number[]; dlr: number[]; dlr_targeted: number[]; ce: number[] };
  fab_projections: { points: Flat; w: Flat; b: number[]; linf: Flat; l2: Flat; l1: Flat };
  apgd_L1_projection: { x: Flat; y: Flat; eps: number; delta: Flat };
  square_p_schedule_no_rescale: { p_init: number; iters: number[]; p: number[] };
  square_eta: Record<string, Flat>;
  square_eta_rectangles: Record<string, Flat>;
  trajectories_adv_net_float64: { labels: number[]; logits: Flat; runs: Record<string, TrajectoryRun> };
}

export interface TrajectoryRun {
  eps: number;
  n_iter: number;
  y_target?: number[];
  loss_best: number[];
  acc: number[];
  x_best_l1_of_delta: number[];
  x_best_first_image?: number[];
  pred_correct_before: number[];
  pred_adv: number[];
  norm_of_delta: number[];
}

export function goldenUnit(): GoldenUnit {
  return JSON.parse(readFileSync(new URL('./golden/aa_unit.json', import.meta.url), 'utf8')) as GoldenUnit;
}

/** The largest difference between two lists of numbers. */
export const close = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
