/**
 * `ct compare`: Curvature Tuning, LoRA and controls on the same splits, cell by cell.
 */
import { check, filledText, flag, oneOf, options, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Cell, Comparison, MethodName } from '@curvature-tuning/lora-baseline';
import { compareMethods, comparisonTable, methods as known } from '@curvature-tuning/lora-baseline';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '../cellFile.js';
import { BACKENDS, useBackend } from '../options/backend.js';
import { epochsSchema } from '../options/epochs.js';
import { BUNDLED } from '../network/bundled.js';
import type { NetworkRequest } from '../network/network.js';
import { loadNetwork } from '../network/network.js';
import { ownActivations } from '../network/ownActivation.js';
import { networkRequestEntries } from '../network/networkOptions.js';
import { checkData, countsOf, labelLoading, loadData } from '../options/loadData.js';
import { methodList } from '../options/methodList.js';
import { checkOutput } from '../options/outputFolder.js';
import { nameOf, seedEntries, seedsFrom } from '../options/seeds.js';
import type { Environment } from '../report/environment.js';
import { environment } from '../report/environment.js';
import { writeFiles } from '../report/writeFiles.js';
import { Interrupted } from '../terminal/interrupted.js';
import { partOf, Progress } from '../terminal/progress.js';
import { remark, say } from '../terminal/terminal.js';
import { announce, methodsOn } from './steerCommand.js';

/** What `ct compare` was told, checked and with the defaults filled in. */
export interface CompareSettings extends Partial<NetworkRequest> {
  /** The command line, for the record. */
  command: string;
  data: string;
  /** Whether images that cannot be read are left out. */
  skipUnreadable?: boolean | undefined;
  /** Default: those of `ct compare` that work on the network. */
  methods?: MethodName[] | undefined;
  protocol: 'strict' | 'paper';
  backend: (typeof BACKENDS)[number];
  /** How many seeds, from `seed` on. */
  seeds: number;
  seed: number;
  epochs: number;
  /** Folder of the results and of the cells; made if it is missing. */
  output: string;
}

export const compareCommandArguments: Entries<{ settings: CompareSettings; signal: AbortSignal }> = {
  settings: options<CompareSettings>(
    {
      ...networkRequestEntries,
      command: filledText,
      data: filledText,
      skipUnreadable: flag,
      output: filledText,
      methods: methodList,
      protocol: oneOf('strict', 'paper'),
      backend: oneOf(...BACKENDS),
      epochs: epochsSchema,
      ...seedEntries,
    },
    ['command', 'data', 'output', 'protocol', 'backend', 'epochs', 'seeds', 'seed'],
  ),
  signal: signalSchema,
};

/** The record of a comparison. */
export interface CompareReport extends Comparison, Environment {
  command: string;
  backend: string;
  network: string;
  data: { name: string; title: string; train: number; validation: number; test: number };
}

/** What `ct compare` compares unless told. */
export const COMPARE_METHODS: readonly MethodName[] = ['probe', 'sct', 'tct', 'lora', 'norm', 'slope'];

/** Runs the comparison, prints the table and writes it. Cells that are done are kept when it is interrupted. */
export async function compareCommand(settings: CompareSettings, signal: AbortSignal): Promise<CompareReport> {
  check('compareCommand', compareCommandArguments, { settings, signal });
  const { backend, data, skipUnreadable, protocol, epochs, output, model = BUNDLED } = settings;
  const seeds = seedsFrom(settings);
  await checkData(data);
  const replaced = await checkOutput(output, 'comparison.json', ['comparison.md']);
  say(`Adapting ${model} to ${data}: protocol ${protocol}, ${nameOf(seeds)}, ${epochs} epochs, backend ${backend}`);
  if (replaced !== undefined) remark(replaced);
  await useBackend(backend);
  await mkdir(output, { recursive: true });
  const store = await FileStore.open(join(output, 'cells.json'));
  if (store.cells.foreign.length > 0)
    remark(
      `passed over files that are no cells in ${store.cells.folder}: ` +
        `${store.cells.foreign.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  const network = await loadNetwork({ ...settings, model }, signal);
  // How many cells there are it hears with the first.
  const progress = new Progress(1);
  let facts: CompareReport['data'] | undefined;
  let comparison: Comparison;
  try {
    const methods = methodsOn(network, settings.methods, COMPARE_METHODS);
    say(`By ${methods.join(', ')}`);
    comparison = await compareMethods(
      network.model,
      async (seed) => {
        const loaded = await loadData(data, {
          seed,
          network,
          skipUnreadable,
          signal,
          ...labelLoading(progress),
        });
        if (facts === undefined) announce(loaded, network);
        facts = { name: loaded.name, title: loaded.title, ...countsOf(loaded) };
        return { ...loaded, classes: loaded.classes.length };
      },
      {
        methods,
        protocol,
        seeds,
        budget: { epochs },
        kinds: ownActivations(network.model).kinds,
        store,
        signal,
        onProgress: ({ method, seed, learningRate, done, total, step, cell }) => {
          progress.expect(total);
          const begun = `seed ${seed}, ${known[method].title}, ${JSON.stringify(learningRate)}`;
          progress.label(cell === undefined ? begun : describe(cell));
          progress.reach(done + (cell === undefined ? partOf(step) : 0));
        },
      },
    );
  } catch (error) {
    if (signal.aborted)
      throw new Interrupted(
        `${store.size} cells are kept in ${store.cells.folder}, listed in ${join(output, 'cells.json')}, and ` +
          'the same command goes on from there',
      );
    throw error;
  } finally {
    progress.stop();
    network.dispose();
  }
  if (store.cells.differing.length > 0)
    remark(
      'another process was first with these cells, and had other results, which count: ' +
        `${store.cells.differing.join(', ')}`,
    );
  const report: CompareReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: network.name,
    data: facts!,
    ...comparison,
  };
  say(`\n${comparisonTable(comparison)}\n`);
  const files = await writeFiles(output, {
    'comparison.json': `${JSON.stringify(report, null, 1)}\n`,
    'comparison.md': `${comparisonTable(comparison, 'markdown')}\n`,
  });
  say(`Results: ${files.join(' and ')}`);
  return report;
}

function describe({ method, seed, learningRate: { own, head }, result }: Cell): string {
  const { searches, title } = known[method];
  const rate = searches === 'nothing' ? '' : `, rate ${searches === 'own' ? own : head}`;
  return (
    `seed ${seed}, ${title}${rate}: ` +
    `${result === undefined ? 'loss not finite' : `validation ${(100 * result.validationAccuracy).toFixed(1)} %`}`
  );
}
