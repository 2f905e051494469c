/**
 * `ct info`: what a model or an adapter is.
 */
import { check, oneOf, options, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { activationKinds, replaceActivations } from '@curvature-tuning/layers';
import { baseFingerprint } from '@curvature-tuning/layers/model';
import type { ClassifierMeta } from '@curvature-tuning/data';
import { readdir } from 'node:fs/promises';
import { readAdapter } from '../adapter/adapterFiles.js';
import type { ReadAdapter } from '../adapter/adapterFiles.js';
import { preprocessingText } from '../network/imageText.js';
import type { LoadedNetwork, NetworkRequest } from '../network/network.js';
import { imageInput, loadAnyNetwork } from '../network/network.js';
import { ownActivations } from '../network/ownActivation.js';
import { networkRequestEntries } from '../network/networkOptions.js';
import { BACKENDS, useBackend } from '../options/backend.js';
import { UsageError } from '../options/usageError.js';
import { say } from '../terminal/terminal.js';

/** What `ct info` was told; `model` may be an adapter too. */
export interface InfoSettings extends NetworkRequest {
  backend: (typeof BACKENDS)[number];
}

export const infoCommandArguments: Entries<{ settings: InfoSettings; signal: AbortSignal }> = {
  settings: options<InfoSettings>({ ...networkRequestEntries, backend: oneOf(...BACKENDS) }, ['model', 'backend']),
  signal: signalSchema,
};

/** Prints facts, one a line, and returns them. */
export async function infoCommand(settings: InfoSettings, signal: AbortSignal): Promise<Record<string, string>> {
  check('infoCommand', infoCommandArguments, { settings, signal });
  const facts = (await isAdapter(settings.model))
    ? ofAdapter(await readAdapter(settings.model))
    : await ofModel(settings, signal);
  const rows = Object.entries(facts).map(([name, value]) => `${name.padEnd(14)}${value}`);
  say(rows.join('\n'));
  return facts;
}

async function isAdapter(path: string): Promise<boolean> {
  if (/\.safetensors$/.test(path)) return true;
  return (await readdir(path).catch(() => [] as string[])).includes('adapter_config.json');
}

function ofAdapter(read: ReadAdapter): Record<string, string> {
  const numbers = [...read.adapter.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (read.kind === 'lora') {
    const { base, classes } = read.classifier;
    return {
      kind: `LoRA adapter, rank ${read.adapter.config.r}`,
      'made for': `${base.name} (${base.fingerprint})`,
      numbers: numbers.toLocaleString('en-US'),
      head: `${classes} classes`,
      ...metaFacts(read.meta),
    };
  }
  const { base, sites, sharing, head, batchNorm } = read.adapter.config;
  return {
    kind: `curvature adapter, a pair a ${sharing}`,
    'made for': `${base.name} (${base.fingerprint})${base.graph == null ? '' : `, features at ${base.graph.output}`}`,
    sites: `${Object.keys(sites).length} activations`,
    numbers: `${numbers.toLocaleString('en-US')}${batchNorm ? ', statistics of batch normalisation among them' : ''}`,
    head: head === null ? 'none' : `${head.features} features to ${head.classes} classes`,
    ...metaFacts(read.meta),
  };
}

async function ofModel(settings: InfoSettings, signal: AbortSignal): Promise<Record<string, string>> {
  await useBackend(settings.backend);
  const network = await loadAnyNetwork(settings, signal);
  try {
    const { model, graph, format, meta, name } = network;
    const sites = graph?.sites ?? sitesOf(model);
    const kinds = [...new Set(sites.map(({ kind }) => kind))].map((kind) => {
      const [{ start }, ...more] = sites.filter((site) => site.kind === kind) as [(typeof sites)[0]];
      return `${1 + more.length} ${kind}${start.beta === 1 ? '' : ` (at beta ${start.beta}, c ${start.coeff})`}`;
    });
    const shapes = (ends: readonly { shape: readonly (number | null)[] }[]): string =>
      ends.map(({ shape }) => `[${shape.map((size) => size ?? 'any').join(', ')}]`).join(' and ');
    return {
      kind: format,
      name,
      input: shapes(model.inputs),
      [graph === undefined ? 'output' : 'features']: shapes(model.outputs),
      ...(graph === undefined && { parameters: model.countParams().toLocaleString('en-US') }),
      sites:
        sites.length === 0
          ? 'none that curvature acts on'
          : `${sites.length} activation${sites.length === 1 ? '' : 's'}: ${kinds.join(', ')}`,
      fingerprint: await baseFingerprint(model),
      ...metaFacts(meta),
      images: imagesText(network, settings),
    };
  } finally {
    network.dispose();
  }
}

/** What becomes of an image, or why none can be taken as things stand: a model of another kind has facts as well. */
function imagesText(network: LoadedNetwork, settings: InfoSettings): string {
  try {
    const { preprocessing, preprocessingFrom } = imageInput(network, settings);
    return `${preprocessingText(preprocessing)}${preprocessingFrom === 'nobody' ? ' (the model does not say)' : ''}`;
  } catch (error) {
    if (!(error instanceof UsageError) || settings.size !== undefined) throw error;
    return error.message;
  }
}

function sitesOf(model: Parameters<typeof replaceActivations>[0]): ReturnType<typeof replaceActivations>['sites'] {
  if (activationKinds(model).length === 0) return [];
  const { model: steered, sites } = replaceActivations(model, { kinds: ownActivations(model).kinds });
  steered.dispose();
  return sites;
}

function metaFacts({ classNames, preprocessing, output }: ClassifierMeta): Record<string, string> {
  return {
    ...(classNames && { classes: classNames.join(', ') }),
    ...(preprocessing && { images: preprocessingText(preprocessing) }),
    ...(output && { gives: output }),
  };
}
