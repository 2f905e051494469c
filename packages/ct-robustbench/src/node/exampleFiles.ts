/**
 * Adversarial examples in files.
 */
import { readFile } from 'node:fs/promises';
import type * as tf from '@tensorflow/tfjs-core';
import type { AdversarialExamples } from '../adversarialExamples.js';
import { parseAdversarialExamples, serializeAdversarialExamples } from '../adversarialExamples.js';
import type { AutoAttackResult } from '../autoAttack.js';
import { replaceFile } from './replaceFile.js';

/** Writes the examples of a run as a .safetensors file. */
export async function saveAdversarialExamples(path: string, result: AutoAttackResult, labels: tf.Tensor | ArrayLike<number>): Promise<void> {
  await replaceFile(path, await serializeAdversarialExamples(result, labels));
}

/** Reads what `saveAdversarialExamples` wrote; the caller disposes of the tensor. */
export async function loadAdversarialExamples(path: string): Promise<AdversarialExamples> {
  return parseAdversarialExamples(new Uint8Array(await readFile(path)));
}
