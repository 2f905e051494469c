/**
 * The reference's demonstrations as step pictures, the activation, and what T-CT learns.
 */
import * as Plot from '@observablehq/plot';
import type { Json } from '@curvature-tuning/sweep';
import type { Report, Results } from '../studies/study.js';
import type { Figure } from './figure.js';
import { mean } from './numbers.js';

interface Toy {
  readonly [key: string]: Json;
  points: number[][];
  frames: { name: string; field: number[]; score: number }[];
}

interface Learnt {
  readonly [key: string]: Json;
  beta: { mean: number; std: number; histogram: number[] };
  coeff: { mean: number; std: number; histogram: number[] };
}

const SIDE = 41;
const COLUMNS = 3;

/** What the study says. */
export function demonstrationsReport(results: Results): Report {
  const toys = new Map(results.all<Toy>('toy').map(({ spec, result }) => [spec['task'] as string, result]));
  const learnt = results.all<Learnt>('curvature').map(({ result }) => result);
  return {
    text: [
      'Small networks on points: trained with ReLU, then shown at each beta without further training; and circles, ' +
        'where a frozen network of seven units is trained on by T-CT and by LoRA.',
    ],
    tables: [
      {
        name: 'demonstrations',
        title: 'Accuracy on the points (spiral with 16 % of labels turned, circles), mean square (sine)',
        head: ['task', ...Array.from({ length: 6 }, (_, i) => `step ${i + 1}`)],
        rows: [...toys].map(([task, { frames }]) => [
          task,
          ...Array.from({ length: 6 }, (_, i) =>
            frames[i] === undefined ? '' : `${frames[i].name}: ${frames[i].score}`,
          ),
        ]),
      },
      {
        name: 'learnt-curvature',
        title: 'What T-CT learnt: mean and deviation over units, of each seed',
        head: ['parameter', 'mean', 'deviation'],
        rows: (['beta', 'coeff'] as const).map((name) => [
          name === 'coeff' ? 'c' : name,
          learnt.map((one) => one[name].mean.toFixed(3)).join(', '),
          learnt.map((one) => one[name].std.toFixed(3)).join(', '),
        ]),
      },
    ],
    figures: [
      activationFigure(),
      ...[...toys].map(([task, toy]) => (task === 'sine' ? sineFigure(toy) : planeFigure(task, toy))),
      ...(learnt.length > 0 ? [histogramFigure(learnt)] : []),
    ],
  };
}

/** Places frames in rows of three. */
function place(frames: Toy['frames']): Map<string, { fx: number; fy: number }> {
  return new Map(frames.map(({ name }, i) => [name, { fx: i % COLUMNS, fy: Math.floor(i / COLUMNS) }]));
}

function planeFigure(task: string, { points, frames }: Toy): Figure {
  const places = place(frames);
  const rows = Math.ceil(frames.length / COLUMNS);
  return {
    name: task,
    title: task === 'spiral' ? 'A spiral: the decision boundary over beta' : 'Circles: ReLU, T-CT and LoRA',
    description:
      task === 'spiral'
        ? 'A network of 2 × 20 ReLUs, trained once; each picture steers it to another beta.'
        : 'A network of 7 ReLUs, trained, then frozen but for what T-CT or LoRA trains.',
    plot: {
      width: 640,
      height: 90 + 205 * rows,
      marginLeft: 12,
      marginBottom: 12,
      x: { axis: null, domain: [-1, 1] },
      y: { axis: null, domain: [-1, 1] },
      fx: { axis: null },
      fy: { axis: null },
      color: { type: 'linear', domain: [-1, 1], range: ['#fdba74', '#93c5fd'], clamp: true },
      marks: [
        ...frames.map(({ name, field }) =>
          Plot.contour(field, {
            ...places.get(name)!,
            width: SIDE,
            height: SIDE,
            x1: -1,
            y1: -1,
            x2: 1,
            y2: 1,
            fill: (z: number) => Math.tanh(z),
            thresholds: [-1e6, -0.6, -0.2, 0, 0.2, 0.6],
            stroke: '#374151',
            strokeWidth: 0.4,
          }),
        ),
        ...frames.map(({ name }) =>
          Plot.dot(points, {
            ...places.get(name)!,
            x: '0',
            y: '1',
            r: 1.3,
            fill: (point: number[]) => (point[2]! > 0 ? '#1d4ed8' : '#9a3412'),
          }),
        ),
        ...frames.map(({ name, score }) =>
          Plot.text([`${name}: ${(100 * score).toFixed(1)} %`], {
            ...places.get(name)!,
            frameAnchor: 'top',
            dy: -11,
            fontWeight: 'bold',
          }),
        ),
      ],
    },
  };
}

function sineFigure({ points, frames }: Toy): Figure {
  const places = place(frames);
  const lines = frames.flatMap(({ name, field }) =>
    field.map((y, i) => ({ ...places.get(name)!, x: (2 * i) / (field.length - 1) - 1, y })),
  );
  return {
    name: 'sine',
    title: 'A sine: regression over beta',
    description: 'A network of 4 × 32 ReLUs on 30 points, trained once; each picture steers it to another beta.',
    plot: {
      height: 430,
      x: { label: null, ticks: 3 },
      y: { label: null, ticks: 3, grid: true, domain: [-1.8, 1.8] },
      fx: { axis: null },
      fy: { axis: null },
      marks: [
        Plot.lineY(lines, { fx: 'fx', fy: 'fy', x: 'x', y: 'y', stroke: '#2563eb', strokeWidth: 1.8, clip: true }),
        ...frames.map(({ name }) =>
          Plot.dot(points, { ...places.get(name)!, x: '0', y: '1', r: 1.8, fill: '#c2410c' }),
        ),
        ...frames.map(({ name, score }) =>
          Plot.text([`${name}: ${score.toPrecision(2)}`], {
            ...places.get(name)!,
            frameAnchor: 'top',
            dy: -11,
            fontWeight: 'bold',
          }),
        ),
      ],
    },
  };
}

/** φ(x) = c · σ(βx/(1 − β)) · x + (1 − c) · ln(1 + exp(x/(1 − β))) · (1 − β), in the paper's form. */
function phi(x: number, beta: number, coeff: number): number {
  if (beta === 1) return Math.max(x, 0);
  const v = x / (1 - beta + 1e-6);
  const softplus = v > 20 ? v : Math.log1p(Math.exp(v));
  return (coeff * x) / (1 + Math.exp(-beta * v)) + (1 - coeff) * softplus * (1 - beta + 1e-6);
}

function activationFigure(): Figure {
  const betas = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 1];
  const panels = [
    ['c = 1', 1],
    ['c = 0', 0],
    ['c = 0.5', 0.5],
  ] as const;
  const lines = panels.flatMap(([panel, coeff]) =>
    betas.flatMap((beta) =>
      Array.from({ length: 121 }, (_, i) => ({ panel, beta, x: i / 20 - 3, y: phi(i / 20 - 3, beta, coeff) })),
    ),
  );
  return {
    name: 'activation',
    title: 'The activation, for beta from 0 to 1',
    description: 'Light to dark: β from 1, which is ReLU, to 0.',
    plot: {
      height: 280,
      x: { label: 'x', ticks: 5 },
      y: { label: 'φ(x)', grid: true, domain: [-1.6, 3] },
      fx: { label: null, domain: panels.map(([panel]) => panel) },
      color: { type: 'linear', scheme: 'magma', domain: [0, 1.15], range: undefined as never },
      marks: [
        Plot.lineY(lines, { fx: 'panel', x: 'x', y: 'y', z: 'beta', stroke: 'beta', strokeWidth: 1.4, clip: true }),
      ],
    },
  };
}

function histogramFigure(learnt: readonly Learnt[]): Figure {
  const bars = (['beta', 'coeff'] as const).flatMap((name) =>
    Array.from({ length: 50 }, (_, i) => {
      const densities = learnt.map((one) => {
        const all = one[name].histogram.reduce((a, b) => a + b, 0);
        return (50 * (one[name].histogram[2 * i]! + one[name].histogram[2 * i + 1]!)) / all;
      });
      const centre = mean(densities);
      const deviation = Math.sqrt(mean(densities.map((density) => (density - centre) ** 2)));
      return {
        name: name === 'coeff' ? 'c' : 'β',
        x: (i + 0.5) / 50,
        centre,
        low: centre - deviation,
        high: centre + deviation,
      };
    }),
  );
  return {
    name: 'histograms',
    title: 'Learnt beta and c of T-CT',
    description: 'Density over channels; the band is one deviation over seeds. They start at 0.8 and 0.5.',
    plot: {
      height: 280,
      x: { label: null, domain: [0, 1] },
      y: { label: 'density', grid: true },
      fx: { label: null, domain: ['β', 'c'] },
      marks: [
        Plot.rectY(bars, {
          fx: 'name',
          x1: ({ x }: { x: number }) => x - 0.01,
          x2: ({ x }: { x: number }) => x + 0.01,
          y: 'centre',
          fill: '#2563eb',
        }),
        Plot.areaY(bars, { fx: 'name', x: 'x', y1: 'low', y2: 'high', fill: '#c2410c', fillOpacity: 0.25 }),
        Plot.ruleY([0]),
      ],
    },
  };
}
