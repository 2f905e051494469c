/**
 * `ct steer`: a linear probe on the ReLU network, S-CT, T-CT and its control, over one or more seeds.
 */
import { accuracy, curvatureStatistics, getAdapter, linearProbe, steer, tune } from '@curvature-tuning/layers';
import type { Adapter, TuneOptions } from '@curvature-tuning/layers';
import { toBatch } from '@curvature-tuning/datasets';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import type { LayersModel } from '@tensorflow/tfjs';
import type { backends} from './backend.js';
import { useBackend } from './backend.js';
import { loadData } from './loadData.js';
import { Progress } from './progress.js';
import { environment } from './report/environment.js';
import { checkFolder, writeReport } from './report/writeReport.js';
import type { SeedResult, SteerReport } from './report/steerReport.js';
import { referenceFor, steerTable } from './report/steerReport.js';

/** The network that is steered: ResNet-14, trained on MNIST, shipped with the models package. */
const NETWORK = 'resnet14.mnist';

export interface SteerSettings {
  /** The command line, for the report. */
  command: string;
  data: string;
  backend: (typeof backends)[number];
  betas: number[];
  probe: 'paper' | 'converged';
  /** Epochs of T-CT and of its control. */
  epochs: number;
  /** How many seeds, from `seed` on. */
  seeds: number;
  seed: number;
  /** Folder of the report; made if it is missing. */
  output: string;
}

/** Runs the comparison, prints the table and writes the report. Nothing is written when it is aborted. */
export async function steerCommand(settings: SteerSettings, signal: AbortSignal): Promise<SteerReport> {
  const { backend, betas, data, epochs, seeds, seed: firstSeed } = settings;
  await checkFolder(settings.output);
  await useBackend(backend);
  console.log(`Steering ${NETWORK} to ${data}: ${betas.length} betas, ${seeds === 1 ? `seed ${firstSeed}` : `seeds ${firstSeed} to ${firstSeed + seeds - 1}`}, ${settings.probe} probe, backend ${backend}`);
  const model = await loadPretrained(NETWORK);
  const progress = new Progress(seeds * (1 + betas.length + 2 * epochs));
  const results: SeedResult[] = [];
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      results.push(await runSeed(model, settings, seed, progress, signal));
    }
  } finally {
    progress.stop();
    model.dispose();
  }
  const report: SteerReport = {
    command: settings.command,
    ...(await environment()),
    backend,
    network: NETWORK,
    protocol: { probe: settings.probe, betas, coeff: 0.5, epochs },
    reference: referenceFor(data, settings.probe, betas, results.map(({ seed }) => seed)),
    results,
  };
  console.log(`\n${steerTable(report)}\n`);
  const files = await writeReport(settings.output, report);
  console.log(`Report: ${files.join(' and ')}`);
  return report;
}

async function runSeed(model: LayersModel, { data, betas, probe, epochs }: SteerSettings, seed: number, progress: Progress, signal: AbortSignal): Promise<SeedResult> {
  const { inputShape } = pretrainedWeights[NETWORK]!;
  const dataset = await loadData(data, { seed, inputShape, signal });
  const [train, validation, test] = [dataset.train, dataset.validation, dataset.test].map((set) => toBatch(set, dataset)) as [ReturnType<typeof toBatch>, ReturnType<typeof toBatch>, ReturnType<typeof toBatch>];
  try {
    const options = { probe, seed, signal, classes: dataset.classes.length };
    progress.label(`seed ${seed}, linear probe`);
    const probed = await timed(() => linearProbe(model, train, validation, options));
    const relu = { testAccuracy: await accuracy(probed.value.classifier, test, { signal }), validationAccuracy: probed.value.validationAccuracy, trainableParameters: probed.value.head.countParams(), withoutHead: 0, seconds: probed.seconds };
    probed.value.dispose();
    progress.advance();

    let betasDone = 0;
    const steered = await timed(() =>
      steer(model, train, validation, {
        ...options,
        betas,
        onProgress: ({ beta, best, done }) => {
          progress.label(`seed ${seed}, beta ${beta.toFixed(2)}, best so far ${best.beta.toFixed(2)}`);
          // Betas that are computed after they were interpolated are heard of again.
          if (done > betasDone) progress.advance();
          betasDone = done;
        },
      }),
    );
    const { beta, coeff, history, validationAccuracy, head, classifier, dispose } = steered.value;
    const sct = { beta, coeff, testAccuracy: await accuracy(classifier, test, { signal }), validationAccuracy, trainableParameters: head.countParams(), withoutHead: 0, seconds: steered.seconds, history };
    dispose();

    const fit = async (name: string, change: TuneOptions): Promise<{ outcome: SeedResult['control']; adapter: Adapter }> => {
      const fitted = await timed(() =>
        tune(model, train, validation, {
          seed,
          signal,
          classes: dataset.classes.length,
          epochs,
          ...change,
          onProgress: ({ epoch, epochRecord, best }) => {
            progress.label(`seed ${seed}, ${name}, epoch ${epoch + 1} of ${epochs}${best === undefined ? '' : `, best so far ${(100 * best).toFixed(1)} %`}`);
            if (epochRecord !== undefined) progress.advance();
          },
        }),
      );
      const { classifier, bestEpoch, history, parameters, validationAccuracy, dispose } = fitted.value;
      const outcome = { testAccuracy: await accuracy(classifier, test, { signal }), validationAccuracy, trainableParameters: parameters.total, withoutHead: parameters.withoutHead, seconds: fitted.seconds, bestEpoch, history };
      const adapter = await getAdapter(classifier);
      dispose();
      return { outcome, adapter };
    };
    const { outcome: control } = await fit('control', { curvature: 'frozen', beta: 1 });
    const trained = await fit('T-CT', {});
    const tct = { ...trained.outcome, ...curvatureStatistics(trained.adapter) };
    const facts = { name: dataset.name, title: dataset.title, hash: dataset.hash, split: dataset.split, train: dataset.train.labels.length, validation: dataset.validation.labels.length, test: dataset.test.labels.length };
    return { seed, data: facts, relu, sct, control, tct };
  } finally {
    for (const { images, labels } of [train, validation, test]) {
      images.dispose();
      labels.dispose();
    }
  }
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const begin = performance.now();
  const value = await run();
  return { value, seconds: (performance.now() - begin) / 1000 };
}
