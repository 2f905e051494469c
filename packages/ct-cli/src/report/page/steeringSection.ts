/**
 * Steering: validation accuracy over beta, and what beta does to the activation.
 */
import { phi } from '@curvature-tuning/activation/math';
import * as Plot from '@observablehq/plot';
import { OWN, ownValue } from '../../network/ownActivation.js';
import type { SeedResult, SteerReport } from '../steerReport.js';
import { meanAndSpread } from '../steerReport.js';
import type { KeyEntry } from './figure.js';
import { figure, ticksBetween } from './figure.js';
import type { Section } from './section.js';
import { details, percent, table } from './section.js';
import { colourOf } from './style.js';

/** Of a report with S-CT. */
export function steeringSection(report: SteerReport): Section | undefined {
  if (report.results[0]!.sct === undefined) return undefined;
  return {
    id: 'steering',
    title: 'Steering: one beta for all activations',
    html: `<div class="figures">\n${accuracyFigure(report)}\n${activationFigure(report)}\n</div>`,
  };
}

interface Point {
  seed: number;
  beta: number;
  accuracy: number;
  loss: number;
  interpolated: boolean;
}

/** A stretch of the curve between neighbouring betas. */
interface Stretch {
  x1: number;
  x2: number;
  y1: number;
  y2: number;
}

function accuracyFigure({ results, protocol, own = 'relu' }: SteerReport): string {
  const { name, start } = OWN[own];
  const { validation } = results[0]!.data;
  const points = results.flatMap(({ seed, sct }) =>
    sct!.history.map(({ beta, validationAccuracy, validationLoss, interpolated }): Point => ({
      seed,
      beta,
      accuracy: 100 * validationAccuracy,
      loss: validationLoss,
      interpolated,
    })),
  );
  const means = [...new Set(points.map(({ beta }) => beta))]
    .sort((a, b) => a - b)
    .map((beta) => {
      const at = points.filter((point) => point.beta === beta);
      const accuracies = at.map(({ accuracy }) => accuracy);
      return {
        beta,
        accuracy: meanAndSpread(accuracies).mean,
        low: Math.min(...accuracies),
        high: Math.max(...accuracies),
        loss: meanAndSpread(at.map(({ loss }) => loss)).mean,
        interpolated: at.some(({ interpolated }) => interpolated),
      };
    });
  const stretches = means.slice(1).map((to, i): Stretch & { interpolated: boolean } => ({
    x1: means[i]!.beta,
    x2: to.beta,
    y1: means[i]!.accuracy,
    y2: to.accuracy,
    interpolated: means[i]!.interpolated || to.interpolated,
  }));
  const chosen = results.map(({ seed, sct, outcomes }) => ({
    seed,
    beta: sct!.beta,
    accuracy: 100 * outcomes.sct!.validationAccuracy,
  }));
  const rules = (['probe', 'bn'] as const).flatMap((method) => {
    const shares = results.flatMap(({ outcomes }) => outcomes[method]?.validationAccuracy ?? []);
    return shares.length === 0 ? [] : [{ method, accuracy: 100 * meanAndSpread(shares).mean }];
  });
  const ties = results.length === 1 ? tiesOf(results[0]!) : [];
  const all = [...points, ...chosen, ...rules].map(({ accuracy }) => accuracy);
  const image = 100 / validation;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(image / 2, (high - low) / 12);
  const domain = [low - room, Math.min(100 + room / 2, high + room)] as const;
  const several = results.length > 1;
  const betaList = chosen.map(({ seed, beta }) => `${beta.toFixed(2)}${several ? ` (seed ${seed})` : ''}`).join(', ');
  const curve = colourOf('sct');
  const key: KeyEntry[] = [
    { mark: 'dot', colour: curve, text: `computed${several ? ', mean of the seeds' : ''}` },
    ...(means.some(({ interpolated }) => interpolated)
      ? [{ mark: 'ring', colour: curve, text: 'interpolated between computed features' } as const]
      : []),
    { mark: 'target', colour: curve, text: `chosen: beta ${betaList}` },
    ...rules.map(({ method, accuracy }): KeyEntry => ({
      mark: method === 'probe' ? 'dashes' : 'line',
      colour: colourOf(method),
      text: `${method === 'probe' ? 'as it is (linear probe)' : 'calibrated (control)'}: ${accuracy.toFixed(1)} %`,
    })),
    ...(several ? [{ mark: 'band', colour: curve, text: 'from the lowest seed to the highest' } as const] : []),
    ...(ties.length > 0
      ? [
          {
            mark: 'band',
            colour: 'var(--relu)',
            text: `${results[0]!.sct!.ties} of ${protocol.betas.length} betas tie; the loss decided`,
          } as const,
        ]
      : []),
    { mark: 'beam', colour: 'var(--ink)', text: `one validation image of ${validation}: ${image.toFixed(2)} points` },
  ];
  const rows = means.map(({ beta, accuracy, loss, interpolated }) => [
    beta.toFixed(2),
    accuracy.toFixed(2),
    loss.toFixed(4),
    interpolated ? 'interpolated' : 'computed',
  ]);
  return figure({
    id: 'accuracy-over-beta',
    title: 'Validation accuracy, %, over beta',
    description:
      `From ${means[0]!.beta} to ${means.at(-1)!.beta} it lies between ${low.toFixed(1)} and ${high.toFixed(1)} %. ` +
      `Chosen: beta ${betaList}, at ${percent(meanAndSpread(chosen.map(({ accuracy }) => accuracy / 100)).mean)} %. ` +
      rules
        .map(({ method, accuracy }) => `${method === 'probe' ? 'As it is' : 'Control'}: ${accuracy.toFixed(1)} %.`)
        .join(' '),
    caption:
      `A fresh linear head on the frozen network at each curvature of its activations; ${start.beta} is ${name}. ` +
      `The vertical axis begins at ${domain[0].toFixed(1)} %, not at 0.`,
    key,
    numbers: details(
      'The numbers',
      table('Validation by beta', ['beta', 'accuracy, %', 'loss', 'features'], rows),
      true,
    ),
    plot: (width) => ({
      height: width > 400 ? 340 : 280,
      marginLeft: 46,
      marginRight: 26,
      marginBottom: 38,
      x: { label: 'beta', domain: [Math.min(...protocol.betas), 1], ticks: width > 400 ? 8 : 5 },
      y: { label: null, grid: true, domain: [...domain], ticks: ticksBetween(...domain, 6, 100) },
      marks: [
        Plot.rect(ties, { x1: 'x1', x2: 'x2', fill: 'var(--relu)', fillOpacity: 0.18 }),
        ...(several ? [Plot.areaY(means, { x: 'beta', y1: 'low', y2: 'high', fill: curve, fillOpacity: 0.2 })] : []),
        ...rules.map(({ method, accuracy }) =>
          Plot.ruleY([accuracy], {
            stroke: colourOf(method),
            strokeWidth: 1.5,
            ...(method === 'probe' && { strokeDasharray: '6 4' }),
          }),
        ),
        ...[false, true].map((interpolated) =>
          Plot.link(
            stretches.filter((stretch) => stretch.interpolated === interpolated),
            {
              x1: 'x1',
              x2: 'x2',
              y1: 'y1',
              y2: 'y2',
              stroke: curve,
              strokeWidth: 1.8,
              ...(interpolated && { strokeDasharray: '1.5 3' }),
            },
          ),
        ),
        Plot.dot(means, {
          x: 'beta',
          y: 'accuracy',
          r: ({ interpolated }: { interpolated: boolean }) => (interpolated ? 2.5 : 3.5),
          fill: ({ interpolated }: { interpolated: boolean }) => (interpolated ? 'var(--paper)' : curve),
          stroke: curve,
          strokeWidth: 1.2,
          title: ({ beta, accuracy, loss, interpolated }: (typeof means)[number]) =>
            `beta ${beta.toFixed(2)}: ${accuracy.toFixed(2)} %\nloss ${loss.toFixed(4)}, ` +
            (interpolated ? 'interpolated' : 'computed'),
        }),
        Plot.dot(chosen, { x: 'beta', y: 'accuracy', r: 8, fill: 'var(--paper)', stroke: curve, strokeWidth: 1.5 }),
        Plot.dot(chosen, {
          x: 'beta',
          y: 'accuracy',
          r: 5,
          fill: curve,
          stroke: curve,
          title: ({ seed, beta, accuracy }: (typeof chosen)[number]) =>
            `seed ${seed} chose beta ${beta.toFixed(2)}: ${accuracy.toFixed(2)} %`,
        }),
        // As high as one validation image is worth, to the right of the plot.
        beam(domain[1] - room / 2 - image, domain[1] - room / 2),
      ],
    }),
  });
}

/** A measure from one height to another, to the right of a plot over beta. */
function beam(from: number, to: number): Plot.Link {
  const ends = { x1: 1, x2: 1, y1: 'from', y2: 'to' };
  return Plot.link([{ from, to }], { ...ends, dx: 14, stroke: 'var(--ink)', strokeWidth: 1.5, marker: 'tick-x' });
}

/** Where the betas that tie lie: from half way to a neighbour to half way to the next. */
function tiesOf({ sct }: SeedResult): { x1: number; x2: number }[] {
  const { history, ties } = sct!;
  if (ties < 2) return [];
  const sorted = [...history].sort((a, b) => a.beta - b.beta);
  const best = Math.max(...sorted.map(({ validationAccuracy }) => validationAccuracy));
  const spans: { x1: number; x2: number }[] = [];
  sorted.forEach(({ beta, validationAccuracy }, i) => {
    if (validationAccuracy < best - 1e-9) return;
    const x1 = i === 0 ? beta : (beta + sorted[i - 1]!.beta) / 2;
    const x2 = i === sorted.length - 1 ? beta : (beta + sorted[i + 1]!.beta) / 2;
    const last = spans.at(-1);
    if (last !== undefined && last.x2 === x1) last.x2 = x2;
    else spans.push({ x1, x2 });
  });
  return spans;
}

function activationFigure({ results, protocol, own = 'relu' }: SteerReport): string {
  const { name } = OWN[own];
  const { beta, steered } = results[0]!.sct!;
  const xs = Array.from({ length: 161 }, (_, i) => -2 + i / 40);
  const before = xs.map((x) => ({ x, y: ownValue(own, x) }));
  const curved = xs.map((x) => ({ x, y: phi(x, beta, protocol.coeff) }));
  return figure({
    id: 'activation',
    title: 'The activation before and after',
    description: steered
      ? `${name}, and phi at beta ${beta.toFixed(2)}, which is rounded about 0 and dips below it for negative x.`
      : `The network's own ${name} was kept: both curves are one.`,
    caption: steered
      ? 'In every unit of the network. No weight was trained but those of the head.'
      : `No beta of the grid validates better than the network's own ${name} by more than chance gives, ` +
        'which was kept.',
    key: [
      { mark: 'dashes', colour: 'var(--relu)', text: `before: ${name}` },
      ...(steered
        ? [{ mark: 'line', colour: 'var(--ct)', text: `after: phi at beta ${beta.toFixed(2)}` } as const]
        : []),
    ],
    plot: (width) => ({
      height: width > 400 ? 340 : 280,
      marginLeft: 46,
      marginBottom: 38,
      x: { label: 'input x', ticks: 5 },
      y: { label: null, grid: true, ticks: 6 },
      marks: [
        Plot.ruleY([0], { stroke: 'var(--line)' }),
        ...(steered ? [Plot.line(curved, { x: 'x', y: 'y', stroke: 'var(--ct)', strokeWidth: 2.2 })] : []),
        Plot.line(before, { x: 'x', y: 'y', stroke: 'var(--relu)', strokeWidth: 2, strokeDasharray: '6 4' }),
      ],
    }),
  });
}
