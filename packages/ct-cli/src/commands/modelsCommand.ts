/**
 * `ct models`: the networks and weights of `@curvature-tuning/models`, their files, and PyTorch's files as safetensors.
 */
import { check, filledText, flag, nearest, oneOf, options, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { replaceFile } from '@curvature-tuning/files/node';
import { fetchWeights, listModels, pretrainedWeights, preprocessingOf } from '@curvature-tuning/models';
import type { PretrainedWeights, WeightsFile } from '@curvature-tuning/models';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { isTorchFile, parseTorchFile } from '@curvature-tuning/torch-file';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { preprocessingText } from '../network/imageText.js';
import { pretrainedName } from '../network/network.js';
import { UsageError } from '../options/usageError.js';
import { Progress } from '../terminal/progress.js';
import { remark, say } from '../terminal/terminal.js';

/** What `ct models get` was told. */
export interface GetModelSettings {
  name: string;
  /** A file that was downloaded by hand. */
  file?: string | undefined;
  offline?: boolean | undefined;
}

export const getModelArguments: Entries<{ settings: GetModelSettings; signal: AbortSignal }> = {
  settings: options<GetModelSettings>({ name: filledText, file: filledText, offline: flag }, ['name']),
  signal: signalSchema,
};

/** What `ct models convert` was told. */
export interface ConvertModelSettings {
  file: string;
  to: 'safetensors';
  output?: string | undefined;
  /** Where the state dict is in the file, if it has several. */
  at?: string | undefined;
}

export const convertModelArguments: Entries<{ settings: ConvertModelSettings }> = {
  settings: options<ConvertModelSettings>(
    { file: filledText, to: oneOf('safetensors'), output: filledText, at: filledText },
    ['file', 'to'],
  ),
};

/** What the header of .safetensors begins with, behind the eight bytes of its length, and JSON at once. */
const BRACE = 0x7b;

/** Prints the networks, and the weights with their accuracy; returns the names of the weights. */
export function listModelsCommand(): string[] {
  const names = Object.keys(pretrainedWeights);
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  say(`networks: ${listModels().join(', ')}\n\nweights:`);
  say(names.map((name) => `${name.padEnd(width)}${summaryOf(pretrainedWeights[name]!)}`).join('\n'));
  return names;
}

/** Prints what is known of a set of weights, one fact a line, and returns it. */
export function modelInfoCommand(weights: string): Record<string, string> {
  const name = nameOf(weights);
  const facts = pretrainedWeights[name]!;
  const { robustness, sha256Begins } = facts;
  const known = sha256Begins === undefined ? 'not known' : `begins with ${sha256Begins}, more is not known`;
  const told = {
    name,
    accuracy: `${percent(facts.accuracy)} of ${facts.testSet}`,
    ...(robustness && {
      robustness:
        `${percent(robustness.accuracy)} under ${robustness.threat}` +
        `${robustness.eps === null ? '' : ` of ${robustness.eps}`}, by ${robustness.benchmark}`,
    }),
    classes: String(facts.classes),
    images: preprocessingText(preprocessingOf(name)),
    licence: facts.licence,
    source: facts.source,
    file: wayTo(facts),
    sha256: facts.sha256 ?? `${known}: that of the first download is recorded, and compared from then on`,
  };
  say(
    Object.entries(told)
      .map(([field, value]) => `${field.padEnd(12)}${value}`)
      .join('\n'),
  );
  return told;
}

/** Has the file of a set of weights downloaded, or takes one that was downloaded by hand, and keeps it. */
export async function getModelCommand(settings: GetModelSettings, signal: AbortSignal): Promise<WeightsFile> {
  check('getModelCommand', getModelArguments, { settings, signal });
  const { file, offline } = settings;
  const name = nameOf(settings.name);
  let progress: Progress | undefined;
  const found = await fetchWeights(name, {
    signal,
    offline,
    ...(file !== undefined && { keep: pathToFileURL(file) }),
    onProgress: ({ done, total, file: what }) => {
      if (total === null) return;
      progress ??= new Progress(total);
      progress.label(what);
      progress.reach(done);
    },
  }).finally(() => progress?.stop());
  const verified = {
    given: 'its SHA-256 is the one that is known',
    recorded: 'its SHA-256 is that of the first download',
    first: 'no SHA-256 of it was known; this one is recorded, and compared from now on',
    not: 'its SHA-256 was not compared',
  }[found.file.verified];
  say(`${name}: ${found.tensors.size} tensors, ${found.file.place ?? 'part of the package'}`);
  say(`sha256 ${found.file.sha256}: ${verified}`);
  return found.file;
}

/** Writes the tensors of a file of PyTorch, or of safetensors, as a safetensors file; returns its path. */
export async function convertModelCommand(settings: ConvertModelSettings): Promise<string> {
  check('convertModelCommand', convertModelArguments, { settings });
  const { file, at } = settings;
  const output = settings.output ?? `${file.replace(/\.(pt|pth|bin|ckpt|tar|safetensors)$/i, '')}.safetensors`;
  if (output === file) throw new UsageError(`ct models convert: ${file} would be overwritten; pass --output`);
  const bytes = await readFile(file);
  if (bytes[0] === BRACE)
    throw new UsageError(`ct models convert: ${file} is JSON; if it is an index, the files that it names are meant`);
  const isSafetensors = !isTorchFile(bytes) && (bytes[8] === BRACE || file.endsWith('.safetensors'));
  // The reader of PyTorch's files says of others what they are.
  const { tensors, skipped } = isSafetensors ? parseSafetensors(bytes) : parseTorchFile(bytes, { path: at });
  await replaceFile(output, serializeSafetensors(tensors, { format: 'pt' }));
  for (const [name, reason] of skipped) remark(`left out: ${name} (${reason})`);
  say(`${output}: ${tensors.size} tensors`);
  return output;
}

/** The full name of weights; a network with a single set may stand for it. */
function nameOf(name: string): string {
  const full = pretrainedName(name);
  if (full !== undefined) return full;
  const all = Object.keys(pretrainedWeights);
  const ofNetwork = all.filter((one) => one.startsWith(`${name}.`));
  if (ofNetwork.length > 0)
    throw new UsageError(`ct models: "${name}" is a network; choose weights of it: ${ofNetwork.join(', ')}`);
  if (listModels().includes(name))
    throw new UsageError(
      `ct models: no published weights of "${name}" are known; createModel('${name}') of @curvature-tuning/models ` +
        'builds it, for weights of yours',
    );
  const near = nearest(name, all).join(', ');
  throw new UsageError(`ct models: expected the name of weights, got "${name}", near ${near}; ct models list has all`);
}

function summaryOf({ accuracy, testSet, robustness }: PretrainedWeights): string {
  const robust = robustness && `, ${percent(robustness.accuracy)} under ${robustness.threat} ${robustness.eps ?? ''}`;
  return `${percent(accuracy)}${(robust ?? '').trimEnd()}  ${testSet.split(',')[0]!}`;
}

function wayTo({ bytes, byHand, urls }: PretrainedWeights): string {
  if (bytes !== null) return 'part of the package';
  if (byHand !== undefined) return `by hand: ${byHand}; then ct models get NAME --file FILE`;
  return urls === undefined ? 'downloaded by ct models get' : `downloaded from ${urls.join(' or ')}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}
