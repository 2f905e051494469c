/**
 * What `--preprocess` may say: the names of common preprocessings, or one in full.
 */
import type { Schema } from '@curvature-tuning/checks';
import { fits, nearest, objectWith, parseJson, satisfying } from '@curvature-tuning/checks';
import type { Preprocessing } from '@curvature-tuning/data';
import { preprocessingSchema } from '@curvature-tuning/data';
import { preprocessingOf, pretrainedWeights } from '@curvature-tuning/models';

/** A preprocessing without the size, which the model says. */
export type Preset = Omit<Preprocessing, 'inputSize'>;

/**
 * The presets by name.
 *
 * | name | values |
 * | --- | --- |
 * | `0..1`, `-1..1`, `0..255` | what black and white become; Keras' mode `tf` is `-1..1` |
 * | `imagenet` | in [0, 1], less ImageNet's mean, over its deviation: torchvision, timm, Keras' mode `torch` |
 * | `caffe` | in [0, 255], blue first, less ImageNet's mean: Keras' VGG and ResNet |
 * | `resnet14.mnist` and others | as the weights of ct-models were evaluated, filter and crop too |
 */
export const presets: Readonly<Record<string, Preset>> = {
  '0..1': {},
  '-1..1': { range: [-1, 1] },
  '0..255': { range: [0, 255] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  caffe: { range: [0, 255], mean: [103.939, 116.779, 123.68], channelOrder: 'bgr' },
  ...Object.fromEntries(Object.keys(pretrainedWeights).map((name) => [name, presetOf(name)])),
};

function presetOf(name: string): Preset {
  const fields = Object.entries(preprocessingOf(name)).filter(([field]) => field !== 'inputSize');
  return Object.fromEntries(fields);
}

/** A preprocessing without the size. */
export const presetSchema: Schema<Preset> = satisfying<object>(
  objectWith<object>({}),
  (value) => !('inputSize' in value) && fits(preprocessingSchema, { ...value, inputSize: [1, 1, 3] }),
  { expects: 'a preprocessing {range, mean, std, channelOrder, interpolation, cropMode, cropPct}, without a size' },
);

/** Reads a name of `presets`, or a preprocessing as JSON. @throws Error on others. */
export function parsePreset(text: string): Preset {
  if (text.trimStart().startsWith('{')) return parseJson('--preprocess', 'a preprocessing', text, presetSchema);
  const known = Object.hasOwn(presets, text) ? presets[text] : undefined;
  if (known === undefined)
    throw new RangeError(
      `Expected 0..1, -1..1, 0..255, imagenet, caffe, a name that ct models list has, or JSON such as ` +
        `{"range": [-1, 1]}, got "${text}", near ${nearest(text, Object.keys(presets)).join(', ')}.`,
    );
  return known;
}
