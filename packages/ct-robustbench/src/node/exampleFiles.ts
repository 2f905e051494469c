/**
 * Adversarial examples in files.
 */
import { check, filledText, labels as labelsSchema } from '@curvature-tuning/checks';
import type { Entries, Labels } from '@curvature-tuning/checks';
import { replaceFile } from '@curvature-tuning/files/node';
import { readFile } from 'node:fs/promises';
import type { AdversarialExamples, ExamplesResult } from '../evaluation/adversarialExamples.js';
import {
  examplesResult,
  parseAdversarialExamples,
  serializeAdversarialExamples,
} from '../evaluation/adversarialExamples.js';

export const saveArguments: Entries<{ path: string; result: ExamplesResult; labels: Labels }> = {
  path: filledText,
  result: examplesResult,
  labels: labelsSchema,
};
export const loadArguments: Entries<{ path: string }> = { path: filledText };

/** Writes the examples of a run as a .safetensors file. */
export async function saveAdversarialExamples(path: string, result: ExamplesResult, labels: Labels): Promise<void> {
  check('saveAdversarialExamples', saveArguments, { path, result, labels });
  await replaceFile(path, await serializeAdversarialExamples(result, labels));
}

/** Reads what `saveAdversarialExamples` wrote; the caller disposes of the tensor. */
export async function loadAdversarialExamples(path: string): Promise<AdversarialExamples> {
  check('loadAdversarialExamples', loadArguments, { path });
  return parseAdversarialExamples(new Uint8Array(await readFile(path)));
}
