/**
 * `ct steer`: a linear probe on the ReLU network, S-CT, T-CT and its control, LoRA and other controls, over one or more
 * seeds.
 */
import type { DataSet } from '@curvature-tuning/data';
import type { EpochRecord, SteerStep, Validated } from '@curvature-tuning/layers';
import { curvatureStatistics, defaultBetas, getAdapter, paperBetas, validatesBetter } from '@curvature-tuning/layers';
import type { Comparison, MethodName, MethodOutcome, MethodRates } from '@curvature-tuning/lora-baseline';
import { compareMethods, methods as known, methodsFor } from '@curvature-tuning/lora-baseline';
import { check, filledText, flag, oneOf, options, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { BACKENDS, useBackend } from '../options/backend.js';
import { betasSchema } from '../options/betas.js';
import { epochsSchema } from '../options/epochs.js';
import { ADAPTER_FILE, adapterFileNames, curvatureFiles, LORA_FOLDER, loraFiles } from '../adapter/adapterFiles.js';
import type { AdapterFiles } from '../adapter/adapterFiles.js';
import { BUNDLED } from '../network/bundled.js';
import type { Network, NetworkRequest } from '../network/network.js';
import { loadNetwork } from '../network/network.js';
import { networkRequestEntries } from '../network/networkOptions.js';
import type { OwnActivations } from '../network/ownActivation.js';
import { OWN, ownActivations } from '../network/ownActivation.js';
import type { LoadedData } from '../options/loadData.js';
import { checkData, countsOf, isFolder, labelLoading, loadData } from '../options/loadData.js';
import { methodList } from '../options/methodList.js';
import { checkOutput } from '../options/outputFolder.js';
import { nameOf, seedEntries, seedsFrom } from '../options/seeds.js';
import { UsageError } from '../options/usageError.js';
import { environment } from '../report/environment.js';
import { hardest } from '../report/mistakes.js';
import type { Outcome, SeedResult, SteerReport } from '../report/steerReport.js';
import { referenceFor, steerTable, titleOf } from '../report/steerReport.js';
import { thumbnailsOf } from '../report/thumbnails.js';
import { removeFiles, writeFiles } from '../report/writeFiles.js';
import { writeReport } from '../report/writeReport.js';
import { partOf, Progress } from '../terminal/progress.js';
import { remark, say } from '../terminal/terminal.js';
import { join } from 'node:path';

/** What `ct steer` was told, checked and with the defaults filled in. */
export interface SteerSettings extends Partial<NetworkRequest> {
  /** The command line, for the report. */
  command: string;
  data: string;
  /** Whether images that cannot be read are left out. */
  skipUnreadable?: boolean | undefined;
  /** In the order of the table. Default: those of `ct steer` that work on the network. */
  methods?: MethodName[] | undefined;
  backend: (typeof BACKENDS)[number];
  /** Undefined: the grid of the protocol. */
  betas?: number[] | undefined;
  protocol: 'strict' | 'paper';
  /** Epochs of what is trained beside a head. */
  epochs: number;
  /** How many seeds, from `seed` on. */
  seeds: number;
  seed: number;
  /** Folder of the report; made if it is missing. */
  output: string;
}

export const steerCommandArguments: Entries<{ settings: SteerSettings; signal: AbortSignal }> = {
  settings: options<SteerSettings>(
    {
      ...networkRequestEntries,
      command: filledText,
      data: filledText,
      skipUnreadable: flag,
      output: filledText,
      methods: methodList,
      backend: oneOf(...BACKENDS),
      betas: betasSchema,
      protocol: oneOf('strict', 'paper'),
      epochs: epochsSchema,
      ...seedEntries,
    },
    ['command', 'data', 'output', 'backend', 'protocol', 'epochs', 'seeds', 'seed'],
  ),
  signal: signalSchema,
};

/** The paper's, but for LoRA, which hardly trains at its 1e-4. */
function learningRateOf(method: MethodName): MethodRates {
  return method === 'lora' ? { own: 1e-3, head: 1e-3 } : known[method].paper;
}

/** The methods whose rates are the paper's; those of the others are told. */
const PAPER_METHODS: readonly MethodName[] = ['probe', 'sct', 'bn', 'tct'];

/** What `ct steer` compares unless told. */
export const STEER_METHODS: readonly MethodName[] = ['probe', 'bn', 'sct', 'tct', 'lora'];
/** What `ct tune` does: T-CT, with what it is to be compared with. */
export const TUNE_METHODS: readonly MethodName[] = ['probe', 'bn', 'tct'];

/**
 * Runs the comparison, prints the table, and writes the report and adapters. Nothing is written when it is aborted.
 *
 * @param byDefault The methods where the settings name none; those that do not work on the network are left out.
 */
export async function steerCommand(
  settings: SteerSettings,
  signal: AbortSignal,
  byDefault: readonly MethodName[] = STEER_METHODS,
): Promise<SteerReport> {
  check('steerCommand', steerCommandArguments, { settings, signal });
  const { backend, data, epochs, protocol, model = BUNDLED, output } = settings;
  const betas = settings.betas ?? [...(protocol === 'paper' ? paperBetas : defaultBetas)];
  const seeds = seedsFrom(settings);
  await checkData(data);
  const replaced = await checkOutput(output, 'report.json', ['report.html', ...adapterFileNames]);
  say(`${byDefault === TUNE_METHODS ? 'Tuning' : 'Steering'} ${model} to ${data}, backend ${backend}`);
  if (replaced !== undefined) remark(replaced);
  await useBackend(backend);
  const network = await loadNetwork({ ...settings, model }, signal);
  const { kinds, own } = ownActivations(network.model);
  let adapted: Adapted;
  let methods: MethodName[];
  try {
    methods = methodsOn(network, settings.methods, byDefault);
    say(`By ${methods.join(', ')}: ${betas.length} betas, ${nameOf(seeds)}, protocol ${protocol}`);
    adapted = await adapt({ ...settings, methods, betas, kinds, own }, network, seeds, signal);
  } finally {
    network.dispose();
  }
  const report: SteerReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: network.name,
    own,
    protocol: {
      name: protocol,
      betas,
      coeff: OWN[own].start.coeff,
      epochs,
      learningRate: Object.fromEntries(
        methods
          .filter((method) => !PAPER_METHODS.includes(method) && known[method].searches !== 'nothing')
          .map((method) => [method, learningRateOf(method)]),
      ),
    },
    reference: network.name === BUNDLED ? referenceFor(data, protocol, betas, seeds) : null,
    results: adapted.results,
  };
  say(`\n${steerTable(report)}\n`);
  const files = await writeReport(output, report);
  const { curvature, lora } = adapted;
  await removeFiles(output, adapterFileNames);
  await writeFiles(output, { ...curvature?.files, ...lora?.files });
  say(`Report: ${files.join(' and ')}`);
  const given = `${model}${settings.weights === undefined ? '' : ` --weights ${settings.weights}`}`;
  const images = isFolder(data) ? `${data.replace(/\/+$/, '')}/*/*` : 'images/*.jpg';
  if (curvature !== undefined)
    say(`Adapter (${curvature.title}): ct apply ${given} ${join(output, ADAPTER_FILE)} ${images}`);
  if (lora !== undefined) say(`Adapter (${lora.title}): ct apply ${given} ${join(output, LORA_FOLDER)} ${images}`);
  return report;
}

/** At most this many of the images that were got wrong are shown. */
const THUMBNAILS = 24;

/** The methods that are run: those that were named, which must work on the network, else the default's that do. */
export function methodsOn(
  network: Network,
  named: readonly MethodName[] | undefined,
  byDefault: readonly MethodName[],
): MethodName[] {
  const fit = methodsFor(network.model);
  const unfit = (named ?? byDefault).filter((method) => !fit.includes(method));
  if (unfit.length > 0) {
    const reason =
      `${unfit.join(', ')} need weights or statistics to change, which the GraphModel ` + `${network.name} has fixed`;
    if (named !== undefined) throw new UsageError(`--methods: ${reason}; name some of ${fit.join(', ')}`);
    say(`Left out: ${reason}`);
  }
  return (named ?? byDefault).filter((method) => fit.includes(method));
}

/** The best adapter of its kind so far. */
interface Kept extends Validated {
  title: string;
  files: AdapterFiles;
}

/** What became of all methods and seeds, and the adapters that validate best. */
interface Adapted {
  results: SeedResult[];
  curvature?: Kept | undefined;
  lora?: Kept | undefined;
}

/** Runs every method with every seed. */
async function adapt(
  settings: SteerSettings & OwnActivations & { methods: MethodName[] },
  network: Network,
  seeds: readonly number[],
  signal: AbortSignal,
): Promise<Adapted> {
  const { data, skipUnreadable, methods, betas, kinds, own, protocol, epochs } = settings;
  const results = new Map<number, Pick<SeedResult, 'data' | 'sct' | 'tct'>>();
  const histories = new Map<string, MethodOutcome['history']>();
  const kept: Pick<Adapted, 'curvature' | 'lora'> = {};
  const tests = new Map<number, DataSet>();
  const predictions = new Map<string, number[]>();
  const progress = new Progress(seeds.length * methods.length);
  let comparison: Comparison;
  try {
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
        if (seed === seeds[0]) announce(loaded, network);
        const { name, title, hash, split, classes } = loaded;
        results.set(seed, { data: { name, title, hash, split, ...countsOf(loaded) } });
        tests.set(seed, loaded.pixels.test);
        return { ...loaded, classes: classes.length };
      },
      {
        methods,
        protocol,
        learningRate: Object.fromEntries(methods.map((method) => [method, learningRateOf(method)])),
        seeds,
        budget: { epochs },
        betas,
        kinds,
        signal,
        onProgress: ({ method, seed, done, step, cell }) => {
          progress.label(`seed ${seed}, ${titleOf(method, own)}${step === undefined ? '' : `, ${stepOf(step)}`}`);
          progress.reach(done + (cell === undefined ? partOf(step) : 0));
        },
        onOutcome: async (outcome, { method, seed }, { predicted }) => {
          const { classifier, detail, history } = outcome;
          histories.set(`${method} ${seed}`, history);
          predictions.set(`${method} ${seed}`, [...predicted]);
          const result = results.get(seed)!;
          if (method === 'sct')
            result.sct = {
              beta: detail['beta']!,
              steered: detail['steered'] === 1,
              ties: detail['ties']!,
              atEdge: detail['atEdge'] === 1,
              coeff: OWN[own].start.coeff,
              history: history.filter(isSteerStep),
            };
          if (method === 'tct') result.tct = curvatureStatistics(await getAdapter(classifier));
          const kind = method === 'lora' ? 'lora' : method === 'sct' || method === 'tct' ? 'curvature' : undefined;
          const best = kind && kept[kind];
          if (kind === undefined || (best !== undefined && !validatesBetter(outcome, best))) return;
          const { validationAccuracy, validationLoss } = outcome;
          kept[kind] = {
            title: `${titleOf(method, own)}, validation ${(100 * validationAccuracy).toFixed(1)} %`,
            validationAccuracy,
            validationLoss,
            files: await (kind === 'lora' ? loraFiles(classifier, network) : curvatureFiles(classifier)),
          };
        },
      },
    );
  } finally {
    progress.stop();
  }
  const all = seeds.map(async (seed): Promise<SeedResult> => {
    const set = tests.get(seed)!;
    const outcomes = methods.map((method): [MethodName, Outcome] => {
      const { seconds, result } = comparison.cells.find((cell) => cell.method === method && cell.seed === seed)!;
      const { testAccuracy, validationAccuracy, parameters, detail } = result!;
      const epochsOf = histories.get(`${method} ${seed}`)!.filter(isEpochRecord);
      const { bestEpoch } = detail;
      const training = bestEpoch === undefined ? {} : { bestEpoch, history: epochsOf };
      const predicted = predictions.get(`${method} ${seed}`)!;
      return [method, { testAccuracy, validationAccuracy, parameters, seconds, ...training, predicted }];
    });
    const labels = [...set.labels];
    // Of one seed: the test images are the same for all, or drawn alike.
    const shown =
      seed === seeds[0]
        ? hardest(
            labels,
            outcomes.map(([, { predicted }]) => predicted),
          )
        : [];
    const thumbnails = await thumbnailsOf(set, shown.slice(0, THUMBNAILS));
    return {
      seed,
      ...results.get(seed)!,
      outcomes: Object.fromEntries(outcomes),
      test: { classes: [...set.classes], labels, thumbnails },
    };
  });
  return { results: await Promise.all(all), ...kept };
}

/** Says what was done to the images, and what they lose by it. */
export function announce({ said }: LoadedData, { preprocessingFrom }: Network): void {
  say(`${said.what}${preprocessingFrom === 'nobody' ? ' (the model does not say; --preprocess does)' : ''}`);
  said.losses.forEach((loss) => remark(`warning: ${loss}`));
}

type Step = MethodOutcome['history'][number];
const isSteerStep = (step: Step): step is SteerStep => 'interpolated' in step;
const isEpochRecord = (step: Step): step is EpochRecord => 'epoch' in step;

/** Where a method stands, in words. */
function stepOf({ phase, done, total }: { phase: string; done: number; total: number | null }): string {
  return `${phase} ${done}${total === null ? '' : ` of ${total}`}`;
}
