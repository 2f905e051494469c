/**
 * `ct apply`: what a network with an adapter takes images for.
 */
import {
  check,
  count,
  filledText,
  flag,
  listOf,
  oneOf,
  options,
  signal as signalSchema,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { loadImages } from '@curvature-tuning/datasets/node';
import type { Tensor } from '@tensorflow/tfjs';
import { softmax, tidy } from '@tensorflow/tfjs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { AdaptedNetwork, AdapterRequest } from '../adapter/adaptedNetwork.js';
import { adaptedNetwork, adapterRequestEntries } from '../adapter/adaptedNetwork.js';
import { readAdapter } from '../adapter/adapterFiles.js';
import { preprocessingText } from '../network/imageText.js';
import { BACKENDS, useBackend } from '../options/backend.js';
import { tellUnreadable } from '../options/loadData.js';
import { UsageError } from '../options/usageError.js';
import { textTable } from '../report/textTable.js';
import { Progress } from '../terminal/progress.js';
import { remark, say, visible } from '../terminal/terminal.js';

/** The forms of a list of predictions. */
export const FORMATS = ['table', 'csv', 'json'] as const;

/** What `ct apply` was told. */
export interface ApplySettings extends AdapterRequest {
  /** Files and folders. */
  images: readonly string[];
  /** Whether images that cannot be read are left out. */
  skipUnreadable?: boolean | undefined;
  format: (typeof FORMATS)[number];
  /** How many classes of each image. */
  top: number;
  backend: (typeof BACKENDS)[number];
}

export const applyCommandArguments: Entries<{ settings: ApplySettings; signal: AbortSignal }> = {
  settings: options<ApplySettings>(
    {
      ...adapterRequestEntries,
      images: listOf(filledText, { min: 1 }),
      skipUnreadable: flag,
      format: oneOf(...FORMATS),
      top: count,
      backend: oneOf(...BACKENDS),
    },
    ['model', 'adapter', 'images', 'format', 'top', 'backend'],
  ),
  signal: signalSchema,
};

/** What an image is taken for. */
export interface Prediction {
  file: string;
  /** The likeliest classes, the first of them first. */
  classes: { name: string; probability: number }[];
  /** The class that the image's folder is called after, if it is. */
  label?: string | undefined;
}

/** Predicts, and prints a table, CSV or JSON; images in folders that are called after a class count as labelled. */
export async function applyCommand(settings: ApplySettings, signal: AbortSignal): Promise<Prediction[]> {
  check('applyCommand', applyCommandArguments, { settings, signal });
  const { adapter, images, format, top, backend, model } = settings;
  for (const path of images)
    if ((await stat(path).catch(() => undefined)) === undefined)
      throw new UsageError(`IMAGES must be images, or folders of them, there is no "${path}"`);
  const read = await readAdapter(adapter);
  remark(`Applying ${adapter} to ${model}, backend ${backend}`);
  await useBackend(backend);
  const adapted = await adaptedNetwork(settings, read, signal);
  let predictions: Prediction[];
  try {
    predictions = await predict(adapted, settings, signal);
  } finally {
    adapted.dispose();
  }
  if (format === 'json') process.stdout.write(`${JSON.stringify(predictions, null, 2)}\n`);
  else if (format === 'csv') process.stdout.write(csvOf(predictions, top));
  else say(`${tableOf(predictions)}\n`);
  const labelled = predictions.filter(({ label }) => label !== undefined);
  if (labelled.length > 0) {
    const right = labelled.filter(({ label, classes }) => classes[0]!.name === label).length;
    const text =
      `${((100 * right) / labelled.length).toFixed(1)} % right: ${right} of the ${labelled.length} images ` +
      'whose folder is called after a class';
    if (format === 'table') say(text);
    else remark(text);
  }
  return predictions;
}

/** Images that go through the network at a time. */
const BATCH = 16;

async function predict(
  { classifier, meta, preprocessing }: AdaptedNetwork,
  { images: paths, top, skipUnreadable }: ApplySettings,
  signal: AbortSignal,
): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  const progress = new Progress(1);
  try {
    const photos = await loadImages(paths, preprocessing, {
      skipUnreadable,
      signal,
      onProgress: ({ done, total }) => progress.label(`reading image ${done} of ${total}`),
    });
    remark(`Images ${preprocessingText(preprocessing)}`);
    tellUnreadable(photos.unreadable);
    progress.expect(photos.length);
    for await (const { images, labels } of photos.batches(BATCH)) {
      labels.dispose();
      signal.throwIfAborted();
      const scores = tidy(() => {
        const output = classifier.predict(images) as Tensor;
        return meta.output === 'probabilities' ? output : softmax(output);
      });
      images.dispose();
      const [rows, classes] = scores.shape as [number, number];
      const values = await scores.data();
      scores.dispose();
      for (let row = 0; row < rows; row++) {
        const own = values.slice(row * classes, (row + 1) * classes);
        predictions.push(predictionOf(photos.files[predictions.length]!, own, meta.classNames, top));
      }
      progress.reach(predictions.length);
    }
  } finally {
    progress.stop();
  }
  return predictions;
}

function predictionOf(
  file: string,
  scores: Float32Array | Int32Array | Uint8Array,
  classNames: readonly string[] | undefined,
  top: number,
): Prediction {
  const nameOf = (index: number): string => classNames?.[index] ?? `class ${index}`;
  const classes = Array.from(scores, (probability, index) => ({ name: nameOf(index), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
  const folder = basename(dirname(file)).normalize('NFC');
  return { file, classes, ...(classNames?.includes(folder) && { label: folder }) };
}

function tableOf(predictions: readonly Prediction[]): string {
  const rows = predictions.map(({ file, classes, label }) => [
    visible(file),
    ...classes.flatMap(({ name, probability }) => [name, `${(100 * probability).toFixed(1)} %`]),
    label === undefined || label === classes[0]!.name ? '' : `is ${label}`,
  ]);
  return textTable(rows)
    .map((line) => line.trimEnd())
    .join('\n');
}

function csvOf(predictions: readonly Prediction[], top: number): string {
  const shown = Math.min(top, predictions[0]!.classes.length);
  const header = [
    'file',
    ...Array.from({ length: shown }, (_, i) => [`class ${i + 1}`, `probability ${i + 1}`]).flat(),
    'label',
  ];
  const rows = predictions.map(({ file, classes, label }) => [
    file,
    ...classes.flatMap(({ name, probability }) => [name, probability.toPrecision(6)]),
    label ?? '',
  ]);
  return [header, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

/** As RFC 4180 has it. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
