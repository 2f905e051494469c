/**
 * `ct steer`: a linear probe on the ReLU network, S-CT, T-CT and its control, LoRA and other controls, over one or more
 * seeds.
 */
import { accuracy, curvatureStatistics, getAdapter, linearProbe, steer, tune } from '@curvature-tuning/layers';
import type { TuneOptions } from '@curvature-tuning/layers';
import type { MethodName, MethodRates } from '@curvature-tuning/lora-baseline';
import { methods as known } from '@curvature-tuning/lora-baseline';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import type { LayersModel } from '@tensorflow/tfjs';
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
import { backends, useBackend } from '../options/backend.js';
import { epochsSchema } from '../options/epochs.js';
import { checkData, countsOf, loadData, splitsOf } from '../options/loadData.js';
import { methodList } from '../options/methodList.js';
import { checkOutput } from '../options/outputFolder.js';
import { nameOf, seedEntries, seedsFrom } from '../options/seeds.js';
import { environment } from '../report/environment.js';
import type { Outcome, SeedResult, SteerReport } from '../report/steerReport.js';
import { referenceFor, steerTable, titleOf } from '../report/steerReport.js';
import { writeReport } from '../report/writeReport.js';
import { Progress } from '../terminal/progress.js';
import { say } from '../terminal/terminal.js';

/** The network that is steered: ResNet-14, trained on MNIST, shipped with the models package. */
const NETWORK = 'resnet14.mnist';

/** What `ct steer` was told, checked and with the defaults filled in. */
export interface SteerSettings {
  /** The command line, for the report. */
  command: string;
  data: string;
  /** In the order of the table. */
  methods: MethodName[];
  backend: (typeof backends)[number];
  betas: number[];
  probe: 'paper' | 'converged';
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
      backend: oneOf(...backends),
      betas: listOf(unitInterval, { min: 1, max: 1000 }) as Entries<SteerSettings>['betas'],
      probe: oneOf('paper', 'converged'),
      epochs: epochsSchema,
      ...seedEntries,
    },
    ['command', 'data', 'output', 'methods', 'backend', 'betas', 'probe', 'epochs', 'seeds', 'seed'],
  ),
  signal: signalSchema,
};

/** Runs the comparison, prints the table and writes the report. Nothing is written when it is aborted. */
export async function steerCommand(settings: SteerSettings, signal: AbortSignal): Promise<SteerReport> {
  check('steerCommand', steerCommandArguments, { settings, signal });
  const { backend, betas, data, epochs, methods } = settings;
  const seeds = seedsFrom(settings);
  await checkData(data);
  await checkOutput(settings.output, 'report.json', ['report.html']);
  await useBackend(backend);
  say(
    `Steering ${NETWORK} to ${data} by ${methods.join(', ')}: ${betas.length} betas, ${nameOf(seeds)}, ` +
      `${settings.probe} probe, backend ${backend}`,
  );
  const model = await loadPretrained(NETWORK);
  const progress = new Progress(seeds.length * methods.reduce((sum, method) => sum + stepsOf(method, settings), 0));
  const results: SeedResult[] = [];
  try {
    for (const seed of seeds) results.push(await runSeed(model, settings, seed, progress, signal));
  } finally {
    progress.stop();
    model.dispose();
  }
  const report: SteerReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: NETWORK,
    protocol: {
      probe: settings.probe,
      betas,
      coeff: 0.5,
      epochs,
      rates: Object.fromEntries(methods.flatMap((method) => (hasOwnRun(method) ? [] : [[method, ratesOf(method)]]))),
    },
    reference: referenceFor(
      data,
      settings.probe,
      betas,
      results.map(({ seed }) => seed),
    ),
    results,
  };
  say(`\n${steerTable(report)}\n`);
  const files = await writeReport(settings.output, report);
  say(`Report: ${files.join(' and ')}`);
  return report;
}

/** Methods that this file runs itself, for what it shows of them. */
const ownRuns = ['probe', 'sct', 'bn', 'tct'] as const;

function hasOwnRun(method: MethodName): method is (typeof ownRuns)[number] {
  return (ownRuns as readonly MethodName[]).includes(method);
}

/** The rates of the others: the paper's, but LoRA hardly trains at its 1e-4. */
function ratesOf(method: MethodName): MethodRates {
  return method === 'lora' ? { own: 1e-3, head: 1e-3 } : known[method].paper;
}

/** Steps of progress. */
function stepsOf(method: MethodName, { betas, epochs }: SteerSettings): number {
  if (method === 'sct') return new Set(betas).size;
  return known[method].searches === 'own' || method === 'bn' ? epochs : 1;
}

async function runSeed(
  model: LayersModel,
  settings: SteerSettings,
  seed: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<SeedResult> {
  const { data, betas, probe, epochs } = settings;
  const { inputShape } = pretrainedWeights[NETWORK]!;
  const dataset = await loadData(data, { seed, inputShape, signal });
  const splits = splitsOf(dataset);
  const { train, validation, test } = splits;
  const facts = {
    name: dataset.name,
    title: dataset.title,
    hash: dataset.hash,
    split: dataset.split,
    ...countsOf(dataset),
  };
  const result: SeedResult = { seed, data: facts, outcomes: {} };
  const shared = { seed, signal, classes: dataset.classes.length };

  /** Scores a classifier that took some seconds, and disposes of it. */
  const score = async (
    { value, seconds }: { value: Adapted; seconds: number },
    parameters: { total: number; withoutHead: number },
  ): Promise<Outcome> => {
    const { classifier, validationAccuracy, dispose } = value;
    const testAccuracy = await accuracy(classifier, test, { signal });
    dispose();
    return {
      testAccuracy,
      validationAccuracy,
      trainableParameters: parameters.total,
      withoutHead: parameters.withoutHead,
      seconds,
    };
  };
  const fit = async (name: string, change: TuneOptions): Promise<Outcome> => {
    const fitted = await timed(() =>
      tune(model, train, validation, {
        ...shared,
        epochs,
        ...change,
        onProgress: ({ epoch, epochRecord, best }) => {
          progress.label(
            `seed ${seed}, ${name}, epoch ${epoch + 1} of ` +
              `${epochs}${best === undefined ? '' : `, best so far ${(100 * best).toFixed(1)} %`}`,
          );
          if (epochRecord !== undefined) progress.advance();
        },
      }),
    );
    const { classifier, bestEpoch, history, parameters } = fitted.value;
    if (change.curvature !== 'frozen') result.tct = curvatureStatistics(await getAdapter(classifier));
    return { ...(await score(fitted, parameters)), bestEpoch, history };
  };
  const own: Record<(typeof ownRuns)[number], () => Promise<Outcome>> = {
    probe: async () => {
      progress.label(`seed ${seed}, linear probe`);
      const probed = await timed(() => linearProbe(model, train, validation, { ...shared, probe }));
      progress.advance();
      return score(probed, { total: probed.value.head.countParams(), withoutHead: 0 });
    },
    sct: async () => {
      let betasDone = 0;
      const steered = await timed(() =>
        steer(model, train, validation, {
          ...shared,
          probe,
          betas,
          onProgress: ({ beta, best, done }) => {
            progress.label(`seed ${seed}, beta ${beta.toFixed(2)}, best so far ${best.beta.toFixed(2)}`);
            // Betas that are computed after they were interpolated are heard of again.
            if (done > betasDone) progress.advance();
            betasDone = done;
          },
        }),
      );
      const { beta, coeff, history, head } = steered.value;
      result.sct = { beta, coeff, history };
      return score(steered, { total: head.countParams(), withoutHead: 0 });
    },
    bn: () => fit('control', { curvature: 'frozen', beta: 1 }),
    tct: () => fit('T-CT', {}),
  };
  try {
    for (const method of settings.methods) {
      if (hasOwnRun(method)) {
        result.outcomes[method] = await own[method]();
        continue;
      }
      progress.label(`seed ${seed}, ${titleOf(method)}`);
      const adapted = await timed(() =>
        known[method].run(model, train, validation, {
          ...shared,
          rates: ratesOf(method),
          protocol: 'paper',
          epochs,
          batchSize: 32,
        }),
      );
      progress.advance(stepsOf(method, settings));
      result.outcomes[method] = await score(adapted, adapted.value.parameters);
    }
    return result;
  } finally {
    splits.dispose();
  }
}

/** What every method gives. */
interface Adapted {
  classifier: LayersModel;
  validationAccuracy: number;
  dispose: () => void;
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const begin = performance.now();
  const value = await run();
  return { value, seconds: (performance.now() - begin) / 1000 };
}
