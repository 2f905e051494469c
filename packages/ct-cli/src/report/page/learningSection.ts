/**
 * How training went: accuracy and loss after each epoch of every method that has epochs.
 */
import type { EpochRecord } from '@curvature-tuning/layers';
import type { MethodName } from '@curvature-tuning/lora-baseline';
import * as Plot from '@observablehq/plot';
import type { SteerReport } from '../steerReport.js';
import { methodsOf, titleOf } from '../steerReport.js';
import type { KeyEntry } from './figure.js';
import { figure, logTicksBetween, ticksBetween } from './figure.js';
import type { Section } from './section.js';
import { details, percent, table } from './section.js';
import { colourOf } from './style.js';

interface Epoch extends EpochRecord {
  method: MethodName;
  seed: number;
  /** Whether its weights were kept. */
  kept: boolean;
  /** Method and seed. */
  run: string;
}

/** Of a report with a method that is trained in epochs. */
export function learningSection(report: SteerReport): Section | undefined {
  const epochs = epochsOf(report);
  if (epochs.length === 0) return undefined;
  const rows = epochs.map(({ method, seed, epoch, loss, validationLoss, validationAccuracy, kept }) => [
    titleOf(method),
    String(seed),
    `${epoch + 1}${kept ? ', kept' : ''}`,
    loss.toFixed(4),
    validationLoss.toFixed(4),
    percent(validationAccuracy, 2),
  ]);
  const header = ['method', 'seed', 'epoch', 'training loss', 'validation loss', 'validation accuracy, %'];
  return {
    id: 'learning',
    title: 'Training, epoch by epoch',
    html:
      `<div class="figures">\n${accuracyCurves(report, epochs)}\n${lossCurves(report, epochs)}\n</div>\n` +
      details('The numbers', table('Every epoch', header, rows), true),
  };
}

function epochsOf({ results }: SteerReport): Epoch[] {
  return results.flatMap(({ seed, outcomes }) =>
    (Object.keys(outcomes) as MethodName[]).flatMap((method) => {
      const { history = [], bestEpoch } = outcomes[method]!;
      return history.map((record) => ({
        ...record,
        method,
        seed,
        kept: record.epoch === bestEpoch,
        run: `${method} ${seed}`,
      }));
    }),
  );
}

/** Colour alone does not tell curves apart. */
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'];

function dashOf(method: MethodName, epochs: readonly Epoch[]): string {
  const order = [...new Set(epochs.map((epoch) => epoch.method))];
  return DASHES[order.indexOf(method) % DASHES.length]!;
}

function keyOf({ results }: SteerReport, epochs: readonly Epoch[]): KeyEntry[] {
  const trained = methodsOf(results).filter((method) => epochs.some((epoch) => epoch.method === method));
  return trained.map((method) => {
    const bests = results.map(({ outcomes }) => outcomes[method]!.bestEpoch);
    const kept = bests.map((best) => (best === null || best === undefined ? 'the start' : String(best + 1)));
    const dash = dashOf(method, epochs);
    return {
      mark: dash === '' ? 'line' : dash === '2 3' ? 'dots' : 'dashes',
      colour: colourOf(method),
      text: `${titleOf(method)} (kept: ${kept.every((one) => one === 'the start') ? '' : 'epoch '}${kept.join(', ')})`,
    };
  });
}

function accuracyCurves(report: SteerReport, epochs: readonly Epoch[]): string {
  const accuracies = epochs.map(({ validationAccuracy }) => 100 * validationAccuracy);
  const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)];
  const image = 100 / report.results[0]!.data.validation;
  const domain: [number, number] = [low - image, Math.min(100 + image / 2, high + image)];
  return figure({
    id: 'accuracy-by-epoch',
    title: 'Validation accuracy, %, by epoch',
    description: lastOf(report, epochs, ({ validationAccuracy }) => `${percent(validationAccuracy)} %`),
    caption:
      `One validation image is ${image.toFixed(2)} points. A dot: the epoch that was kept; ` +
      'where none is better than the start, the start is.',
    key: keyOf(report, epochs),
    plot: (width) =>
      curves(width, epochs, {
        value: ({ validationAccuracy }) => 100 * validationAccuracy,
        text: (value) => `${value.toFixed(2)} %`,
        scale: { domain, ticks: ticksBetween(...domain, 6, 100) },
        dashOf: (method) => dashOf(method, epochs),
      }),
  });
}

function lossCurves(report: SteerReport, epochs: readonly Epoch[]): string {
  const losses = epochs.map(({ validationLoss }) => validationLoss);
  const domain: [number, number] = [Math.min(...losses) / 1.1, Math.max(...losses) * 1.1];
  return figure({
    id: 'loss-by-epoch',
    title: 'Validation loss, nats, by epoch',
    description: lastOf(report, epochs, ({ validationLoss }) => validationLoss.toFixed(4)),
    caption: 'Mean cross-entropy; the axis is logarithmic. Training losses are among the numbers below.',
    key: keyOf(report, epochs),
    plot: (width) =>
      curves(width, epochs, {
        value: ({ validationLoss }) => validationLoss,
        text: (value) => value.toFixed(4),
        scale: { type: 'log', domain, ticks: logTicksBetween(...domain), tickFormat: String },
        dashOf: (method) => dashOf(method, epochs),
      }),
  });
}

function lastOf({ results }: SteerReport, epochs: readonly Epoch[], say: (epoch: Epoch) => string): string {
  return methodsOf(results)
    .flatMap((method) => {
      const own = epochs.filter((epoch) => epoch.method === method);
      return own.length === 0 ? [] : [`${titleOf(method)}: ${say(own[0]!)} first, ${say(own.at(-1)!)} last.`];
    })
    .join(' ');
}

interface Curves {
  value: (epoch: Epoch) => number;
  text: (value: number) => string;
  scale: Plot.ScaleOptions;
  dashOf: (method: MethodName) => string;
}

function curves(width: number, epochs: readonly Epoch[], { value, text, scale, dashOf }: Curves): Plot.PlotOptions {
  const runs = [...new Set(epochs.map(({ run }) => run))];
  const position = { x: ({ epoch }: Epoch) => epoch + 1, y: value };
  const last = Math.max(...epochs.map(({ epoch }) => epoch + 1));
  const step = Math.max(1, Math.ceil(last / (width > 400 ? 10 : 5)));
  return {
    height: width > 400 ? 300 : 250,
    marginLeft: 46,
    marginBottom: 38,
    x: {
      label: 'epoch',
      tickFormat: 'd',
      ticks: Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step),
    },
    y: { label: null, grid: true, ...scale },
    marks: [
      ...runs.map((run) => {
        const own = epochs.filter((epoch) => epoch.run === run);
        const { method } = own[0]!;
        const dash = dashOf(method);
        const stroke = { stroke: colourOf(method), strokeWidth: 1.8, strokeOpacity: 0.9 };
        return Plot.line(own, { ...position, ...stroke, ...(dash !== '' && { strokeDasharray: dash }) });
      }),
      Plot.dot(epochs, {
        ...position,
        r: ({ kept }: Epoch) => (kept ? 5 : 2.5),
        fill: ({ method }: Epoch) => colourOf(method),
        fillOpacity: ({ kept }: Epoch) => (kept ? 1 : 0),
        stroke: 'none',
        title: (epoch: Epoch) =>
          `${titleOf(epoch.method)}, seed ${epoch.seed}, epoch ${epoch.epoch + 1}: ${text(value(epoch))}` +
          (epoch.kept ? '\nkept' : ''),
      }),
    ],
  };
}
