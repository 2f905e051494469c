/**
 * The figures of the report, drawn by Observable Plot without a browser: SVG text.
 */
import { phi } from '@curvature-tuning/activation/math';
import * as Plot from '@observablehq/plot';
import { draw } from './draw.js';
import type { SteerReport } from './steerReport.js';
import { meanAndSpread } from './steerReport.js';

const RELU = '#6b7280';
const CT = '#d9480f';
/** Of every figure. */
const SIZE = { height: 360, marginBottom: 42 };

/**
 * Of a report with S-CT: validation accuracy over beta, one thin line a seed and their mean; the ReLU probe as a dashed
 * line.
 */
export function accuracyFigure({ results, protocol }: SteerReport): string {
  const points = results.flatMap(({ seed, sct }) =>
    sct!.history.map(({ beta, validationAccuracy, interpolated }) => ({
      seed,
      beta,
      accuracy: 100 * validationAccuracy,
      interpolated,
    })),
  );
  const means = protocol.betas.map((beta) => ({
    beta,
    accuracy: meanAndSpread(points.filter((p) => p.beta === beta).map((p) => p.accuracy)).mean,
  }));
  const probes = results.flatMap(({ outcomes: { probe } }) => (probe === undefined ? [] : [probe.validationAccuracy]));
  const controls = results.flatMap(({ outcomes: { bn } }) => (bn === undefined ? [] : [bn.validationAccuracy]));
  // None where they were not asked for.
  const relu = probes.length === 0 ? [] : [100 * meanAndSpread(probes).mean];
  const control = controls.length === 0 ? [] : [100 * meanAndSpread(controls).mean];
  const chosen = results.map(({ seed, sct, outcomes }) => ({
    seed,
    beta: sct!.beta,
    accuracy: 100 * outcomes.sct!.validationAccuracy,
  }));
  const all = [...points.map((p) => p.accuracy), ...relu, ...control];
  // Room for the labels above and below the curve.
  const domain = [Math.min(...all) - 0.6, Math.min(100.5, Math.max(...all) + 0.6)];
  return draw({
    ...SIZE,
    x: { label: 'beta (1 is ReLU)', domain: [Math.min(...protocol.betas), 1] },
    y: { label: 'validation accuracy, %', grid: true, domain },
    marks: [
      Plot.ruleY(relu, { stroke: RELU, strokeDasharray: '5 4' }),
      Plot.ruleY(control, { stroke: RELU, strokeDasharray: '2 3' }),
      ...(
        [
          [relu, control, 'linear probe (ReLU)'],
          [control, relu, 'calibrated (control)'],
        ] as const
      ).map(([own, other, text]) =>
        Plot.text(
          own.map((y) => ({ x: Math.min(...protocol.betas), y })),
          // The upper one of the two stands above its line, the lower one below.
          {
            x: 'x',
            y: 'y',
            text: () => text,
            fill: RELU,
            textAnchor: 'start',
            dy: own[0]! < (other[0] ?? 0) ? 10 : -8,
          },
        ),
      ),
      ...(results.length > 1
        ? [Plot.line(points, { x: 'beta', y: 'accuracy', z: 'seed', stroke: CT, strokeOpacity: 0.35, sort: 'beta' })]
        : []),
      Plot.line(means, { x: 'beta', y: 'accuracy', stroke: CT, strokeWidth: 2, sort: 'beta' }),
      Plot.dot(results.length > 1 ? [] : points.filter(({ interpolated }) => !interpolated), {
        x: 'beta',
        y: 'accuracy',
        fill: 'white',
        stroke: CT,
        r: 2.5,
      }),
      Plot.dot(chosen, { x: 'beta', y: 'accuracy', fill: CT, stroke: 'white', r: 5 }),
      Plot.text(chosen, {
        x: 'beta',
        y: 'accuracy',
        text: ({ beta }: { beta: number }) => beta.toFixed(2),
        fill: CT,
        stroke: 'white',
        fontWeight: 'bold',
        dy: 14,
      }),
    ],
  });
}

/** Of a report with S-CT: the activation before and after: ReLU, and phi at the chosen beta (of the first seed). */
export function activationFigure({ results, protocol }: SteerReport): string {
  const { beta } = results[0]!.sct!;
  const xs = Array.from({ length: 241 }, (_, i) => -2 + i / 60);
  const name = `phi, beta = ${beta.toFixed(2)}`;
  const curves = xs.flatMap((x) => [
    { x, y: Math.max(x, 0), curve: 'ReLU' },
    { x, y: phi(x, beta, protocol.coeff), curve: name },
  ]);
  return draw({
    ...SIZE,
    x: { label: 'x', ticks: 5 },
    y: { label: 'activation', grid: true },
    marks: [
      Plot.ruleY([0], { stroke: '#d1d5db' }),
      Plot.line(
        curves.filter(({ curve }) => curve === 'ReLU'),
        { x: 'x', y: 'y', stroke: RELU, strokeWidth: 2, strokeDasharray: '5 4' },
      ),
      Plot.line(
        curves.filter(({ curve }) => curve === name),
        { x: 'x', y: 'y', stroke: CT, strokeWidth: 2 },
      ),
      Plot.text(
        [
          { x: -1.9, y: 1.8, t: 'before: ReLU', c: RELU },
          { x: -1.9, y: 1.57, t: `after: ${name}`, c: CT },
        ],
        { x: 'x', y: 'y', text: 't', fill: 'c', textAnchor: 'start', fontSize: 13 },
      ),
    ],
  });
}

/**
 * Of a report with T-CT: learnt beta and c over all channels: the share of channels in each bin, mean over the seeds.
 */
export function curvatureFigure({ results }: SteerReport): string {
  const bars = (['beta', 'coeff'] as const).flatMap((name) =>
    results[0]!.tct![name].histogram.map((_, bin, { length }) => {
      const shares = results.map(
        ({ tct }) => tct![name].histogram[bin]! / tct![name].histogram.reduce((a, b) => a + b, 0),
      );
      return {
        what: name === 'beta' ? 'beta' : 'c',
        x1: bin / length,
        x2: (bin + 1) / length,
        share: 100 * meanAndSpread(shares).mean,
      };
    }),
  );
  const starts = [
    { what: 'beta', x: 0.8 },
    { what: 'c', x: 0.5 },
  ];
  return draw({
    ...SIZE,
    x: { label: 'value after training (dashed: before)', domain: [0, 1] },
    y: { label: 'channels, %', grid: true },
    fy: { label: null, domain: ['beta', 'c'] },
    marginRight: 44,
    marks: [
      Plot.rectY(bars, { x1: 'x1', x2: 'x2', y: 'share', fy: 'what', fill: CT }),
      Plot.ruleX(starts, { x: 'x', fy: 'what', stroke: RELU, strokeDasharray: '5 4' }),
      Plot.ruleY([0]),
    ],
  });
}
