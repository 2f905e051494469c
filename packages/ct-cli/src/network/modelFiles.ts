/**
 * Reads a model as tensorflowjs_converter or tfjs saved it, model.json and the files of its weights, from a disk or a
 * server, and says what it is.
 */
import type { Schema } from '@curvature-tuning/checks';
import { decodeUtf8, filledText, listOf, objectWith, parseJson, show, text, whole } from '@curvature-tuning/checks';
import { fetchBytes } from '@curvature-tuning/files';
import { io } from '@tensorflow/tfjs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../options/usageError.js';

/** The two kinds of models that tfjs loads. */
export type ModelFormat = 'LayersModel' | 'GraphModel';

/** A model before tfjs makes one of it. */
export interface ModelFiles {
  format: ModelFormat;
  artifacts: io.ModelArtifacts;
}

/** How a weight is stored. */
interface WeightEntry {
  name: string;
  shape: readonly number[];
  dtype: string;
  quantization?: { dtype: string } | undefined;
}

/** What of model.json is read here; the rest is for tfjs to read. */
interface ModelJson {
  modelTopology: object;
  format?: string | undefined;
  weightsManifest?: readonly { paths: readonly string[]; weights: readonly WeightEntry[] }[] | undefined;
}

type Group = NonNullable<ModelJson['weightsManifest']>[number];

const anything: Schema<object> = objectWith<object>({});
const weightEntry: Schema<WeightEntry> = objectWith<WeightEntry>(
  {
    name: filledText,
    shape: listOf(whole({ min: 0 })),
    dtype: filledText,
    quantization: objectWith<{ dtype: string }>({ dtype: filledText }, ['dtype']),
  },
  ['name', 'shape', 'dtype'],
);
const group: Schema<Group> = objectWith<Group>({ paths: listOf(filledText), weights: listOf(weightEntry) }, [
  'paths',
  'weights',
]);
const modelJson: Schema<ModelJson> = objectWith<ModelJson>(
  { modelTopology: anything, format: text, weightsManifest: listOf(group) },
  ['modelTopology'],
);

/** Formats of other programs, by the ends of their names, and how tfjs gets a model from them. */
const FOREIGN: readonly [ending: RegExp, name: string, cure: string][] = [
  [/\.(h5|hdf5|keras)$/i, 'a Keras model', 'convert it with tensorflowjs_converter --input_format=keras'],
  [/\.(pb|pbtxt)$/i, 'a TensorFlow SavedModel', 'convert its folder with tensorflowjs_converter'],
  [/\.tflite$/i, 'a TensorFlow Lite model', 'convert what it was made of with tensorflowjs_converter'],
  [/\.onnx$/i, 'an ONNX model', 'convert it to a SavedModel, and that with tensorflowjs_converter'],
  [
    /\.(pt|pth)$/i,
    'a PyTorch file',
    'save its state dict as .safetensors, and name the architecture: --model resnet18',
  ],
  [/\.safetensors$/i, 'a file of weights', 'pass it as --weights, and name the architecture: --model resnet18'],
  [/\.bin$/i, 'a file of weights', 'pass the model.json that lists it'],
];

/** Whether a model is named by its address. */
export function isAddress(model: string): boolean {
  return /^(https?|file):/i.test(model);
}

/**
 * Reads model.json and its weights.
 *
 * @param address A path, of model.json or of its folder, or a URL.
 * @throws UsageError where nothing of the kind lies there, with what does; Error where weights are missing or cut
 * short.
 */
export async function readModelFiles(address: string, signal: AbortSignal): Promise<ModelFiles> {
  const foreign = FOREIGN.find(([ending]) => ending.test(address));
  if (foreign !== undefined)
    throw new UsageError(`--model must be a model of TensorFlow.js, "${address}" is ${foreign[1]}; ${foreign[2]}`);
  const url = await addressOf(address);
  const json = parsed(address, decodeUtf8(await bytesOf(url, '--model: expected model.json')));
  const format = formatOf(address, json);
  const artifacts = await io.getModelArtifactsForJSON(json as io.ModelJSON, async (manifest) => {
    const groups = manifest as readonly Group[];
    const data: Uint8Array[] = [];
    for (const { paths, weights } of groups) {
      const parts: Uint8Array[] = [];
      for (const path of paths) {
        signal.throwIfAborted();
        parts.push(await bytesOf(new URL(path, url), `--model: expected the weights of "${address}"`));
      }
      checkLength(address, paths, weights, parts);
      data.push(...parts);
    }
    return [groups.flatMap(({ weights }) => weights) as io.WeightsManifestEntry[], joined(data)];
  });
  return { format, artifacts };
}

async function addressOf(address: string): Promise<URL> {
  if (isAddress(address)) {
    const url = new URL(address);
    return url.pathname.endsWith('/') ? new URL('model.json', url) : url;
  }
  const path = resolve(address);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const inside = join(path, 'model.json');
    if ((await stat(inside).catch(() => undefined)) === undefined)
      throw new UsageError(`--model must be a model of TensorFlow.js, the folder "${address}" holds no model.json`);
    return pathToFileURL(inside);
  }
  if (found === undefined)
    throw new UsageError(`--model must be a name, a path or a URL of model.json, there is no file "${address}"`);
  return pathToFileURL(path);
}

/** The bytes of a file. */
async function bytesOf(url: URL, subject: string): Promise<Uint8Array> {
  if (url.protocol !== 'file:') return fetchBytes(url, { subject });
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'is missing' : `cannot be read (${code ?? String(cause)})`;
    throw new Error(`${subject}, but ${decodeURIComponent(url.pathname)} ${reason}; put it there`, { cause });
  }
}

function parsed(address: string, content: string): ModelJson {
  if (/^\s*</.test(content))
    throw new UsageError(`--model must be model.json of TensorFlow.js, "${address}" is a web page or XML`);
  try {
    return parseJson('--model', `"${address}"`, content, modelJson);
  } catch (cause) {
    throw new UsageError(`${(cause as Error).message}; pass the model.json of a TensorFlow.js model`);
  }
}

/** The kind that a model says it is, or that its topology is. */
function formatOf(address: string, { format, modelTopology }: ModelJson): ModelFormat {
  if (format === 'layers-model') return 'LayersModel';
  if (format === 'graph-model') return 'GraphModel';
  if (format !== undefined && format !== '')
    throw new UsageError(
      `--model must be of the format layers-model or graph-model, "${address}" says that it is ${show(format)}`,
    );
  // Early converters wrote none.
  if ('model_config' in modelTopology || 'class_name' in modelTopology) return 'LayersModel';
  if ('node' in modelTopology) return 'GraphModel';
  throw new UsageError(
    `--model must be a LayersModel or a GraphModel, the topology of "${address}" has neither layers nor nodes; ` +
      'convert the model again',
  );
}

const SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** tfjs would read what is missing as something else. */
function checkLength(
  address: string,
  paths: readonly string[],
  weights: readonly WeightEntry[],
  parts: readonly Uint8Array[],
): void {
  // Of texts only the data says how long they are.
  if (weights.some(({ dtype }) => dtype === 'string')) return;
  const bytes = weights.reduce(
    (sum, { shape, dtype, quantization }) =>
      sum + shape.reduce((size, side) => size * side, SIZES[quantization?.dtype ?? dtype] ?? 0),
    0,
  );
  const got = parts.reduce((sum, part) => sum + part.length, 0);
  if (got !== bytes)
    throw new Error(
      `--model: the weights of "${address}" in ${paths.join(', ')} must be ${bytes} bytes, got ${got}; ` +
        'copy or download them again',
    );
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}
