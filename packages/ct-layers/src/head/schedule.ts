/**
 * The learning rate over a run.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, count, whole } from '@curvature-tuning/checks';

/** A factor on the base learning rate in iteration `iteration` of the `perEpoch` of `epoch`; all count from 0. */
export type Schedule = (epoch: number, iteration: number, perEpoch: number) => number;

export const paperScheduleArguments: Entries<{ epoch: number; iteration: number; perEpoch: number }> = {
  epoch: whole({ min: 0 }),
  iteration: whole({ min: 0 }),
  perEpoch: count,
};

/**
 * The paper's schedule: i/n in iteration i of the n of epoch 0, then 1, and 1/10 from epoch 10 on.
 *
 * Source: the authors' training loop; its divisor n + 1e-8 makes no difference in float32.
 */
export const paperSchedule: Schedule = (epoch, iteration, perEpoch) => {
  check('paperSchedule', paperScheduleArguments, { epoch, iteration, perEpoch });
  if (epoch === 0) return iteration / perEpoch;
  return epoch < 10 ? 1 : 0.1;
};
