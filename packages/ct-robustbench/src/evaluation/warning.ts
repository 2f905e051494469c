/**
 * What makes a measured robustness doubtful.
 */
import { oneOf } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';

/**
 * - `randomised`: the same images give other logits; use version 'rand'.
 * - `probabilities`: the output looks like a softmax; attacks need logits.
 * - `zero-gradient`: gradients vanish where APGD starts.
 * - `square-beats-gradients`: the attack without gradients found what gradient attacks missed: masked gradients.
 * - `dynamic`: the model takes gradients of its own when it is applied.
 * - `too-few-classes`: an attack cannot run, or with fewer targets, on so few classes.
 * - `invalid-image`: images that hold NaN or infinite values were set aside and count as not robust.
 * - `missing-corruptions`: not all 15 types of corruption were evaluated.
 * - `non-finite`: logits or gradients are NaN or infinite.
 * - `audit`: an adversarial example lies outside the ball or the pixel range and was discarded.
 */
export type WarningCode =
  | 'randomised'
  | 'probabilities'
  | 'zero-gradient'
  | 'square-beats-gradients'
  | 'dynamic'
  | 'too-few-classes'
  | 'invalid-image'
  | 'missing-corruptions'
  | 'non-finite'
  | 'audit';

export const warningCode: Schema<WarningCode> = oneOf(
  'randomised',
  'probabilities',
  'zero-gradient',
  'square-beats-gradients',
  'dynamic',
  'too-few-classes',
  'invalid-image',
  'missing-corruptions',
  'non-finite',
  'audit',
);

/** A reason to doubt a figure. */
export interface RobustnessWarning {
  code: WarningCode;
  message: string;
}

/** Collects warnings, each text once. */
export class WarningList {
  readonly list: RobustnessWarning[] = [];
  private readonly log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.log = log;
  }

  add(code: WarningCode, message: string): void {
    if (this.list.some((warning) => warning.code === code && warning.message === message)) return;
    this.list.push({ code, message });
    this.log(`warning (${code}): ${message}`);
  }
}
