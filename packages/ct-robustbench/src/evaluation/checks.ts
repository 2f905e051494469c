/**
 * AutoAttack's checks of the model before a run, and of the figures after it.
 *
 * Source: autoattack/checks.py and flags_doc.md of the original.
 */
import { engine } from '@tensorflow/tfjs-core';
import type { AttackBatch } from '../attacks/attackBatch.js';
import type { AttackedModel, Logits } from '../model/attackedModel.js';
import { checkFiniteLogits } from '../model/finiteLogits.js';
import { predictedClass } from '../model/losses.js';
import type { AttackName } from './versions.js';
import type { WarningList } from './warning.js';

/** Logits may differ by this much, relative to their length, between passes. */
const RANDOM_TOLERANCE = 1e-4;
/** Rows of probabilities sum to 1 within this. */
const PROBABILITY_TOLERANCE = 1e-5;
/** Square may lower the accuracy by this much before it is a sign of masked gradients. */
const SQUARE_TOLERANCE = 0.002;

/**
 * Looks at the model's output on the first images. @throws RangeError where it is not finite, or has too few classes
 * for an attack.
 */
export async function checkModel(
  model: AttackedModel,
  batch: AttackBatch,
  plan: { attacks: readonly AttackName[]; targets: { apgd: number; fab: number }; randomised: boolean },
  warnings: WarningList,
): Promise<void> {
  const { images, ids, count } = batch;
  let gradients = 0;
  const first = await model.logits(
    images,
    count,
    hearingGradients(() => gradients++),
  );
  if (gradients > 0)
    warnings.add(
      'dynamic',
      'the model takes gradients when it is applied; AutoAttack may overrate such a defence, use an ' +
        'adaptive attack too',
    );
  checkFiniteLogits('autoAttack', first, count, (row) => ids[row]!);
  if (!plan.randomised) await checkRandomised(model, batch, first, warnings);
  if (looksLikeProbabilities(first, count)) {
    warnings.add(
      'probabilities',
      'the output looks like probabilities; attack the logits: cut the softmax off the model',
    );
  }
  checkClasses(first.classes, plan, warnings);
}

/** Compares the figures after each attack. */
export function checkSquare(accuracyAfter: Partial<Record<AttackName | 'clean', number>>, warnings: WarningList): void {
  const { square, ...others } = accuracyAfter;
  const values = Object.values(others);
  if (square === undefined || values.length < 2) return;
  const drop = Math.min(...values) - square;
  if (drop > SQUARE_TOLERANCE) {
    warnings.add(
      'square-beats-gradients',
      `Square lowered the accuracy by ${(100 * drop).toFixed(1)} points after the gradient attacks: ` +
        'gradients may be masked; run Square longer, or an adaptive attack',
    );
  }
}

async function checkRandomised(
  model: AttackedModel,
  { images, labels, count }: AttackBatch,
  first: Logits,
  warnings: WarningList,
): Promise<void> {
  const runs = [first];
  for (let run = 1; run < 5; run++) runs.push(await model.logits(images, count));
  const correct = runs.map(({ data, classes }) =>
    labels
      .subarray(0, count)
      .reduce((sum, label, row) => sum + Number(predictedClass(data, row * classes, classes) === label), 0),
  );
  let largest = 0;
  for (let a = 0; a < runs.length; a++)
    for (let b = a + 1; b < runs.length; b++) largest = Math.max(largest, largestDifference(runs[a]!, runs[b]!, count));
  if (correct.some((value) => value !== correct[0]) || largest > RANDOM_TOLERANCE) {
    warnings.add(
      'randomised',
      "the same images give different logits; use version 'rand', and make sure that dropout and batch " +
        'statistics are off',
    );
  }
}

/** The largest distance of two rows of logits, each scaled to length 1. */
function largestDifference(a: Logits, b: Logits, count: number): number {
  let largest = 0;
  for (let row = 0; row < count; row++) {
    const [u, v] = [a, b].map(({ data, classes }) => unit(data.subarray(row * classes, (row + 1) * classes)));
    largest = Math.max(largest, Math.sqrt(u!.reduce((sum, value, k) => sum + (value - v![k]!) ** 2, 0)));
  }
  return largest;
}

function unit(row: Float32Array): number[] {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) + 1e-10;
  return Array.from(row, (value) => value / length);
}

function looksLikeProbabilities({ data, classes }: Logits, count: number): boolean {
  for (let row = 0; row < count; row++) {
    const values = data.subarray(row * classes, (row + 1) * classes);
    const sum = values.reduce((total, value) => total + value, 0);
    if (
      !(Math.abs(sum - 1) < PROBABILITY_TOLERANCE) ||
      !values.every((value) => value > -PROBABILITY_TOLERANCE && value < 1 + PROBABILITY_TOLERANCE)
    )
      return false;
  }
  return true;
}

function checkClasses(
  classes: number,
  { attacks, targets }: { attacks: readonly AttackName[]; targets: { apgd: number; fab: number } },
  warnings: WarningList,
): void {
  if (classes < 3 && attacks.includes('apgd-dlr')) throw tooFew('apgd-dlr', classes, 3);
  if (classes < 4 && attacks.includes('apgd-t')) throw tooFew('apgd-t', classes, 4);
  if (attacks.includes('apgd-t') && targets.apgd > classes - 1)
    warnings.add(
      'too-few-classes',
      `apgd-t tries ${classes - 1} targets, not ${targets.apgd}: there are ${classes} classes`,
    );
  if (attacks.includes('fab-t') && targets.fab > classes - 1)
    warnings.add(
      'too-few-classes',
      `fab-t tries ${classes - 1} targets, not ${targets.fab}: there are ${classes} classes`,
    );
}

function tooFew(attack: AttackName, classes: number, needed: number): RangeError {
  return new RangeError(
    `autoAttack: ${attack} needs at least ${needed} classes for its loss, got ${classes}; use version ` +
      `'custom' with attacks that need fewer: ['apgd-ce', 'fab-t', 'square']`,
  );
}

/** Runs a synchronous pass and hears of each gradient that is taken in it. */
function hearingGradients(heard: () => void): <T>(pass: () => T) => T {
  return (pass) => {
    const host = engine();
    const gradients = host.gradients.bind(host);
    // An own property over the method of the class: every kind of tf.grad ends here.
    host.gradients = ((...args: Parameters<typeof gradients>) => {
      heard();
      return gradients(...args);
    }) as typeof gradients;
    try {
      return pass();
    } finally {
      delete (host as Partial<Pick<typeof host, 'gradients'>>).gradients;
    }
  };
}
