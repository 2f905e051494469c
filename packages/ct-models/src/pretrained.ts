/**
 * Models with the weights they were trained to. The tables of weights stand with their families (`families/`); this
 * file has what they list fetched, verified and loaded.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  filledText,
  flag,
  func,
  hashOf,
  listOf,
  matching,
  nearest,
  options as optionsOf,
  signal as signalSchema,
  text,
} from '@curvature-tuning/checks';
import { isFileSource, isSha256, readSource, verifySha256 } from '@curvature-tuning/files';
import type { FileSource } from '@curvature-tuning/files';
import { cachedFile } from '@curvature-tuning/files/cached';
import type { CachedFileProgress } from '@curvature-tuning/files/cached';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { PretrainedWeights } from './building/family.js';
import { families } from './families/families.js';
import { robustBench } from './families/robustBench.js';
import { loadTorchWeights } from './weights/loadTorchWeights.js';
import { readWeights } from './weights/readWeights.js';
import type { ReadSibling } from './weights/readWeights.js';

/** What a set of weights was loaded from. */
export interface WeightsFile {
  /** The SHA-256 of the file; of an index, not of what it names. */
  readonly sha256: string;
  /** `package`: it ships with this one; `given`: by `from`; `network`: downloaded now; `cache`: downloaded before. */
  readonly from: 'package' | 'given' | 'network' | 'cache';
  /** What the sum was compared with: the one of the table or of the options, one recorded earlier, or nothing. */
  readonly verified: 'given' | 'recorded' | 'first' | 'not';
  /** Where it is kept, a path in Node, an address in the cache of a page; null where it is not. */
  readonly place: string | null;
}

/** Where `loadPretrained` takes a file from, and what it must hash to. */
export interface LoadPretrainedOptions {
  /** A URL (`http:`, `https:`, `data:`, `blob:`, in Node also `file:`) or the bytes, instead of the table's file. */
  from?: FileSource | undefined;
  /** The SHA-256 to expect, in hex, instead of the table's; `null` goes without a check. */
  sha256?: string | null | undefined;
  /** Addresses to download from, in the order in which they are tried, instead of the table's. */
  mirrors?: readonly string[] | undefined;
  /** Where downloads are kept: in Node a folder (`$CT_CACHE` or the user's cache), in a page the name of a cache. */
  cache?: string | undefined;
  /** Whether to fail where a download would begin. */
  offline?: boolean | undefined;
  /** Follows a download: `phase` is `'download'`, `done` and `total` are bytes. */
  onProgress?: ((progress: CachedFileProgress) => void) | undefined;
  /** Hears where the file came from, and whether its sum was known or is recorded now. */
  onFile?: ((file: WeightsFile) => void) | undefined;
  /** Stops a download; what has arrived is kept for the next time. */
  signal?: AbortSignal | undefined;
}

const source: Schema<FileSource> = matching((value): value is FileSource => isFileSource(value), {
  expects: 'a URL or the bytes of a file, a Uint8Array or an ArrayBuffer',
});
const optionEntries: Entries<LoadPretrainedOptions> = {
  from: source,
  sha256: matching(
    (value): value is string | null => value === null || (typeof value === 'string' && isSha256(value)),
    {
      expects: 'the 64 hexadecimal digits of a SHA-256, or null to go without',
    },
  ),
  mirrors: listOf(filledText),
  cache: filledText,
  offline: flag,
  onProgress: func(),
  onFile: func(),
  signal: signalSchema,
};

export const loadPretrainedArguments: Entries<{ name: string; options: LoadPretrainedOptions }> = {
  name: text,
  options: optionsOf<LoadPretrainedOptions>(optionEntries),
};

/** Every set of weights by name, `architecture.tag`: what it is, how good it is, where it comes from. */
export const pretrainedWeights: Readonly<Record<string, PretrainedWeights>> = Object.assign(
  {},
  ...[...families, robustBench].map(({ weights }) => weights),
) as Record<string, PretrainedWeights>;

/**
 * The facts of a set of weights.
 *
 * @throws RangeError, in the caller's name, for an unknown one; it says which are near, there are too many to list.
 */
export function weightsNamed(caller: string, name: string): PretrainedWeights {
  if (Object.hasOwn(pretrainedWeights, name)) return pretrainedWeights[name]!;
  const near = nearest(name, Object.keys(pretrainedWeights)).join(', ');
  throw new RangeError(`${caller}: name must be a key of pretrainedWeights, such as ${near}; got "${name}"`);
}

/**
 * Builds a model and loads its trained weights.
 *
 * Weights of this package need no set-up, in Node, browsers and bundlers alike. Others are downloaded the first time,
 * from the addresses of the table, and kept: see `cachedFile` of `@curvature-tuning/files`. What their hosts give to
 * browsers alone must be passed, as may be any file: `loadPretrained('resnet50.tv_in1k', {from: url, sha256: '...'})`.
 * Files are `.safetensors`, an index of several, or what `torch.save` wrote; the first bytes say which.
 *
 * The sum of a download that the table has none of is recorded at the first download and compared from then on;
 * `onFile` says so.
 *
 * @param name A key of `pretrainedWeights`, such as `resnet14.mnist`.
 * @returns A model that the caller disposes of. Its input is normalised: `(pixels in [0, 1] - mean) / std`.
 * @throws RangeError for an unknown name; it says which are near.
 * @throws Error if the file cannot be had or read, has another checksum, or `from` is given and there is none to
 * compare with; SafetensorsError or TorchFileError if it is damaged.
 */
export async function loadPretrained(name: string, options: LoadPretrainedOptions = {}): Promise<LayersModel> {
  check('loadPretrained', loadPretrainedArguments, { name, options });
  const facts = weightsNamed('loadPretrained', name);
  const { tensors } = await tensorsOf(name, facts, options);
  const model = facts.build({ classes: facts.classes, inputShape: facts.inputShape, initialWeights: 'zeros' });
  try {
    loadTorchWeights(model, tensors);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** What {@link fetchWeights} is told: as `loadPretrained`, and a file to keep. */
export interface FetchWeightsOptions extends LoadPretrainedOptions {
  /** A file that was downloaded by hand: it is verified and kept, as if it had been downloaded. */
  keep?: FileSource | undefined;
}

export const fetchWeightsArguments: Entries<{ name: string; options: FetchWeightsOptions }> = {
  name: text,
  options: optionsOf<FetchWeightsOptions>({ ...optionEntries, keep: source }),
};

/**
 * Gets the file of a set of weights, verifies and keeps it, and reads it, without building the network.
 *
 * @param name A key of `pretrainedWeights`.
 * @returns The tensors by PyTorch name, and where the file came from.
 * @throws As `loadPretrained` does.
 */
export async function fetchWeights(
  name: string,
  options: FetchWeightsOptions = {},
): Promise<{ tensors: ReadonlyMap<string, SafeTensor>; file: WeightsFile }> {
  check('fetchWeights', fetchWeightsArguments, { name, options });
  const facts = weightsNamed('fetchWeights', name);
  return tensorsOf(name, facts, options);
}

async function tensorsOf(
  name: string,
  facts: PretrainedWeights,
  options: FetchWeightsOptions,
): Promise<{ tensors: ReadonlyMap<string, SafeTensor>; file: WeightsFile }> {
  const { bytes, sibling, ...file } = await weightsFile(name, facts, options);
  options.onFile?.(file);
  return { tensors: await readWeights(bytes, sibling), file };
}

/** The addresses that a set of weights is downloaded from: the table's, or that of the file in its hub. */
function addressesOf(facts: Pick<PretrainedWeights, 'urls' | 'source'>): readonly string[] {
  if (facts.urls !== undefined) return facts.urls;
  const isRepository = /^https:\/\/huggingface\.co\/[\w.-]+\/[\w.-]+$/.test(facts.source);
  return isRepository ? [`${facts.source}/resolve/main/model.safetensors`] : [];
}

/** Gets the file of a set of weights, and says what it was compared with. */
async function weightsFile(
  name: string,
  facts: PretrainedWeights,
  options: FetchWeightsOptions,
): Promise<WeightsFile & { bytes: Uint8Array; sibling: ReadSibling | undefined }> {
  const { from, mirrors, cache: root, offline, onProgress, signal } = options;
  const expected = options.sha256 === undefined ? facts.sha256 : options.sha256;
  const { keep } = options;
  const isOwn = from === undefined && keep === undefined && mirrors === undefined && facts.bytes !== null;
  if (from !== undefined || isOwn) {
    if (expected === null && options.sha256 === undefined)
      throw new Error(
        `loadPretrained: no checksum of "${name}" is known; pass {sha256: "..."}, or {sha256: null} to go without`,
      );
    const bytes = isOwn ? await facts.bytes() : await readSource(from!, { subject: SUBJECT });
    if (expected !== null) await verifySha256(bytes, expected, { subject: `loadPretrained: expected "${name}"` });
    const sha256 = expected?.toLowerCase() ?? (await hashOf(bytes));
    const verified = expected === null ? 'not' : 'given';
    const sibling = typeof from === 'string' || from instanceof URL ? siblingOf(from) : undefined;
    return { bytes, sibling, sha256, from: isOwn ? 'package' : 'given', verified, place: null };
  }
  // Another address may have the weights in another form.
  const begins = expected === null && options.sha256 === undefined && mirrors === undefined && facts.sha256Begins;
  const given = keep === undefined ? undefined : await readSource(keep, { subject: SUBJECT });
  if (begins && given !== undefined) checkBeginning(name, { sha256: await hashOf(given), place: null }, begins);
  const urls = mirrors ?? addressesOf(facts);
  const fileName = `${name}${facts.format === 'torch' ? '.pth' : '.safetensors'}`;
  const { bytes, ...kept } = await cachedFile({
    folder: 'models',
    name: fileName,
    urls,
    sha256: expected,
    bytes: facts.size ?? undefined,
    ...{ given, root, offline, onProgress, signal },
  }).catch((cause: unknown) => {
    // A file that is there and wrong says so itself.
    if (urls.length > 0 || !(cause instanceof Error && cause.message.includes(' is not in '))) throw cause;
    throw new Error(
      `loadPretrained: the weights "${name}" cannot be downloaded by a program; ` +
        `${facts.byHand ?? `get the file from ${facts.source}`}, and pass {from: URL or bytes}, or keep it by ` +
        `ct models get ${name} --file FILE`,
      { cause },
    );
  });
  if (begins) checkBeginning(name, kept, begins);
  // What an index names is beside it, and kept beside it; its sums are recorded.
  const sibling = async (part: string): Promise<Uint8Array> => {
    const beside = urls.map((url) => new URL(part, url).href);
    const request = { folder: 'models', name: `${name}.${part}`, urls: beside, root, offline, onProgress, signal };
    return (await cachedFile(request)).bytes;
  };
  return { bytes, sibling, ...kept };
}

const SUBJECT = 'loadPretrained: expected the weights';

/** @throws Error if a sum begins otherwise than what is published of it. */
function checkBeginning(name: string, { sha256, place }: Pick<WeightsFile, 'sha256' | 'place'>, begins: string): void {
  if (sha256.startsWith(begins)) return;
  throw new Error(
    `loadPretrained: expected "${name}" to have a SHA-256 that begins with ${begins}, got ${sha256}; ` +
      `${place === null ? '' : `delete ${place}, `}get the file anew, or pass {sha256: null} to go without`,
  );
}

function siblingOf(source: string | URL): ReadSibling {
  return (part) => readSource(new URL(part, new URL(source, globalThis.location?.href)), { subject: SUBJECT });
}
