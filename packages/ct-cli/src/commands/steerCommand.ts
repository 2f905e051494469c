/**
 * `ct steer`: a linear probe on the ReLU network, S-CT, T-CT and its control, LoRA and other controls, over one or more
 * seeds.
 */
import type { ImageSet } from '@curvature-tuning/datasets';
import type { EpochRecord, Examples, SteerStep } from '@curvature-tuning/layers';
import { curvatureStatistics, defaultBetas, getAdapter, paperBetas, predictedClasses } from '@curvature-tuning/layers';
import type { Comparison, MethodName, MethodOutcome, MethodRates } from '@curvature-tuning/lora-baseline';
import { compareMethods, methods as known } from '@curvature-tuning/lora-baseline';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import {
  check,
  filledText,
  listOf,
  oneOf,
  options,
  signal as signalSchema,
  unitInterval,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { BACKENDS, useBackend } from '../options/backend.js';
import { epochsSchema } from '../options/epochs.js';
import { BUNDLED as NETWORK } from '../network/bundled.js';
import { checkData, countsOf, loadData, splitsOf } from '../options/loadData.js';
import { methodList } from '../options/methodList.js';
import { checkOutput } from '../options/outputFolder.js';
import { nameOf, seedEntries, seedsFrom } from '../options/seeds.js';
import { environment } from '../report/environment.js';
import { hardest } from '../report/mistakes.js';
import type { Outcome, SeedResult, SteerReport } from '../report/steerReport.js';
import { referenceFor, steerTable, titleOf } from '../report/steerReport.js';
import { thumbnailsOf } from '../report/thumbnails.js';
import { writeReport } from '../report/writeReport.js';
import { partOf, Progress } from '../terminal/progress.js';
import { say } from '../terminal/terminal.js';

/** What `ct steer` was told, checked and with the defaults filled in. */
export interface SteerSettings {
  /** The command line, for the report. */
  command: string;
  data: string;
  /** In the order of the table. */
  methods: MethodName[];
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
      command: filledText,
      data: filledText,
      output: filledText,
      methods: methodList,
      backend: oneOf(...BACKENDS),
      betas: listOf(unitInterval, { min: 1, max: 1000 }) as Entries<SteerSettings>['betas'],
      protocol: oneOf('strict', 'paper'),
      epochs: epochsSchema,
      ...seedEntries,
    },
    ['command', 'data', 'output', 'methods', 'backend', 'protocol', 'epochs', 'seeds', 'seed'],
  ),
  signal: signalSchema,
};

/** The paper's, but for LoRA, which hardly trains at its 1e-4. */
function learningRateOf(method: MethodName): MethodRates {
  return method === 'lora' ? { own: 1e-3, head: 1e-3 } : known[method].paper;
}

/** The methods whose rates are the paper's; those of the others are told. */
const PAPER_METHODS: readonly MethodName[] = ['probe', 'sct', 'bn', 'tct'];

/** Runs the comparison, prints the table and writes the report. Nothing is written when it is aborted. */
export async function steerCommand(settings: SteerSettings, signal: AbortSignal): Promise<SteerReport> {
  check('steerCommand', steerCommandArguments, { settings, signal });
  const { backend, data, epochs, methods, protocol } = settings;
  const betas = settings.betas ?? [...(protocol === 'paper' ? paperBetas : defaultBetas)];
  const seeds = seedsFrom(settings);
  await checkData(data);
  await checkOutput(settings.output, 'report.json', ['report.html']);
  await useBackend(backend);
  say(
    `Steering ${NETWORK} to ${data} by ${methods.join(', ')}: ${betas.length} betas, ${nameOf(seeds)}, ` +
      `protocol ${protocol}, backend ${backend}`,
  );
  const results = await adapt({ ...settings, betas }, seeds, signal);
  const report: SteerReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: NETWORK,
    protocol: {
      name: protocol,
      betas,
      coeff: COEFF,
      epochs,
      learningRate: Object.fromEntries(
        methods
          .filter((method) => !PAPER_METHODS.includes(method) && known[method].searches !== 'nothing')
          .map((method) => [method, learningRateOf(method)]),
      ),
    },
    reference: referenceFor(data, protocol, betas, seeds),
    results,
  };
  say(`\n${steerTable(report)}\n`);
  const files = await writeReport(settings.output, report);
  say(`Report: ${files.join(' and ')}`);
  return report;
}

/** Mixing coefficient of what is steered: the default of `steer`. */
const COEFF = 0.5;

/** At most this many of the images that were got wrong are shown. */
const THUMBNAILS = 24;

/** Runs every method with every seed. */
async function adapt(settings: SteerSettings, seeds: readonly number[], signal: AbortSignal): Promise<SeedResult[]> {
  const { data, methods, betas, protocol, epochs } = settings;
  const { inputShape } = pretrainedWeights[NETWORK]!;
  const results = new Map<number, Pick<SeedResult, 'data' | 'sct' | 'tct'>>();
  const histories = new Map<string, MethodOutcome['history']>();
  const tests = new Map<number, { set: ImageSet; examples: Examples }>();
  const predictions = new Map<string, number[]>();
  const progress = new Progress(seeds.length * methods.length);
  const model = await loadPretrained(NETWORK);
  let comparison: Comparison;
  try {
    comparison = await compareMethods(
      model,
      async (seed) => {
        const dataset = await loadData(data, { seed, inputShape, signal });
        const { name, title, hash, split } = dataset;
        results.set(seed, { data: { name, title, hash, split, ...countsOf(dataset) } });
        const splits = splitsOf(dataset);
        tests.set(seed, { set: dataset.test, examples: splits.test });
        return { ...splits, classes: dataset.classes.length, id: hash };
      },
      {
        methods,
        protocol,
        learningRate: Object.fromEntries(methods.map((method) => [method, learningRateOf(method)])),
        seeds,
        budget: { epochs },
        betas,
        signal,
        onProgress: ({ method, seed, done, step, cell }) => {
          progress.label(`seed ${seed}, ${titleOf(method)}${step === undefined ? '' : `, ${stepOf(step)}`}`);
          progress.reach(done + (cell === undefined ? partOf(step) : 0));
        },
        onOutcome: async ({ classifier, detail, history }, { method, seed }) => {
          histories.set(`${method} ${seed}`, history);
          const predicted = await predictedClasses(classifier, tests.get(seed)!.examples, { signal });
          predictions.set(`${method} ${seed}`, [...predicted]);
          const result = results.get(seed)!;
          if (method === 'sct')
            result.sct = {
              beta: detail['beta']!,
              steered: detail['steered'] === 1,
              ties: detail['ties']!,
              atEdge: detail['atEdge'] === 1,
              coeff: COEFF,
              history: history.filter(isSteerStep),
            };
          if (method === 'tct') result.tct = curvatureStatistics(await getAdapter(classifier));
        },
      },
    );
  } finally {
    progress.stop();
    model.dispose();
  }
  const all = seeds.map(async (seed): Promise<SeedResult> => {
    const { set } = tests.get(seed)!;
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
  return Promise.all(all);
}

type Step = MethodOutcome['history'][number];
const isSteerStep = (step: Step): step is SteerStep => 'interpolated' in step;
const isEpochRecord = (step: Step): step is EpochRecord => 'epoch' in step;

/** Where a method stands, in words. */
function stepOf({ phase, done, total }: { phase: string; done: number; total: number | null }): string {
  return `${phase} ${done}${total === null ? '' : ` of ${total}`}`;
}
