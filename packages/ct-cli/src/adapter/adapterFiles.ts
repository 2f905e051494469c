/**
 * What a run leaves for use: an adapter in files, with its head, the names of the classes and the preprocessing.
 *
 * T-CT and S-CT: one file, `adapter.safetensors`. LoRA: a folder with the two files of the PEFT library, and beside
 * them `classifier.json` with what those do not say.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { count, filledText, inNameOf, matching, options, parseJson } from '@curvature-tuning/checks';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { classifierMetaOf, classifierMetaSchema } from '@curvature-tuning/data';
import type { Adapter } from '@curvature-tuning/layers';
import { getAdapter, loadAdapter, saveAdapter } from '@curvature-tuning/layers';
import { baseFingerprint } from '@curvature-tuning/layers/model';
import type { LoraAdapter } from '@curvature-tuning/lora-baseline';
import { getLoraAdapter, loadLora, saveLora } from '@curvature-tuning/lora-baseline';
import type { LayersModel } from '@tensorflow/tfjs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '../network/network.js';
import { UsageError } from '../options/usageError.js';

/** Names of files, from the folder of the report, and what they hold. */
export type AdapterFiles = Record<string, string | Uint8Array>;

/** What PEFT's files do not say of a classifier. */
export interface LoraClassifier {
  format: 1;
  method: 'lora';
  /** The network that it changes; the fingerprint is that of adapters. */
  base: { name: string; fingerprint: string };
  /** Of its head. */
  classes: number;
  meta: ClassifierMeta;
}

/** An adapter, of either kind. */
export type ReadAdapter =
  | { kind: 'curvature'; path: string; adapter: Adapter; meta: ClassifierMeta }
  | { kind: 'lora'; path: string; adapter: LoraAdapter; classifier: LoraClassifier; meta: ClassifierMeta };

/** The file of T-CT's or S-CT's adapter. */
export const ADAPTER_FILE = 'adapter.safetensors';
/** The folder of LoRA's. */
export const LORA_FOLDER = 'lora';
const [WEIGHTS, CONFIG, CLASSIFIER] = ['adapter_model.safetensors', 'adapter_config.json', 'classifier.json'] as const;
/** All files that a run may leave beside its report. */
export const adapterFileNames: readonly string[] = [
  ADAPTER_FILE,
  ...[CONFIG, WEIGHTS, CLASSIFIER].map((name) => join(LORA_FOLDER, name)),
];

const baseEntries: Entries<LoraClassifier['base']> = { name: filledText, fingerprint: filledText };
const loraClassifier: Schema<LoraClassifier> = options<LoraClassifier>(
  {
    format: matching((value): value is 1 => value === 1, { expects: 'format 1', cure: 'update @curvature-tuning/cli' }),
    method: matching((value): value is 'lora' => value === 'lora', { expects: "'lora'" }),
    base: options<LoraClassifier['base']>(baseEntries, ['name', 'fingerprint']),
    classes: count,
    meta: classifierMetaSchema,
  },
  ['format', 'method', 'base', 'classes', 'meta'],
);

/** The files of a network with curvature of its own. */
export async function curvatureFiles(classifier: LayersModel): Promise<AdapterFiles> {
  return { [ADAPTER_FILE]: saveAdapter(await getAdapter(classifier)) };
}

/** The files of a network with LoRA. */
export async function loraFiles(classifier: LayersModel, network: Network): Promise<AdapterFiles> {
  const about: LoraClassifier = {
    format: 1,
    method: 'lora',
    base: { name: network.name, fingerprint: await baseFingerprint(network.model) },
    classes: classifier.outputs[0]!.shape.at(-1)!,
    meta: inNameOf('ct', 'classifierMetaOf', () => classifierMetaOf(classifier.getUserDefinedMetadata())),
  };
  const files = saveLora(await getLoraAdapter(classifier));
  return {
    [join(LORA_FOLDER, CONFIG)]: files[CONFIG],
    [join(LORA_FOLDER, WEIGHTS)]: files[WEIGHTS],
    [join(LORA_FOLDER, CLASSIFIER)]: `${JSON.stringify(about, null, 2)}\n`,
  };
}

/**
 * Reads an adapter that a run left: a `.safetensors` file, the folder of a LoRA adapter, or one of its files.
 *
 * @throws UsageError where there is none, with what there is; Error where a file is damaged.
 */
export async function readAdapter(path: string): Promise<ReadAdapter> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new UsageError(`ADAPTER must be a file that ct steer wrote, there is no "${path}"`);
  const folder = info.isDirectory() ? path : path.endsWith(WEIGHTS) || path.endsWith(CONFIG) ? join(path, '..') : null;
  if (folder !== null) return readLora(folder, path);
  let adapter: Adapter;
  try {
    adapter = loadAdapter(new Uint8Array(await readFile(path)));
  } catch (cause) {
    throw new Error(`"${path}" is no adapter: ${(cause as Error).message}`, { cause });
  }
  return { kind: 'curvature', path, adapter, meta: adapter.config.meta ?? {} };
}

async function readLora(folder: string, path: string): Promise<ReadAdapter> {
  const there = (name: string): Promise<boolean> =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    );
  for (const name of [WEIGHTS, CONFIG, CLASSIFIER]) {
    if (await there(name)) continue;
    const cure = (await there(ADAPTER_FILE))
      ? `name its ${ADAPTER_FILE}`
      : 'name adapter.safetensors, or the folder lora that ct steer wrote';
    throw new UsageError(`ADAPTER must be an adapter, "${path}" is a folder without ${name}; ${cure}`);
  }
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const classifier = parseJson(join(folder, CLASSIFIER), 'its content', await text(CLASSIFIER), loraClassifier);
  const adapter = loadLora(new Uint8Array(await readFile(join(folder, WEIGHTS))), await text(CONFIG));
  return { kind: 'lora', path, adapter, classifier, meta: classifier.meta };
}
