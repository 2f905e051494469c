/**
 * The reference's animations: the boundary of a spiral and a sine over beta, and circles while T-CT and LoRA train.
 */
import * as Plot from '@observablehq/plot';
import type { Json } from '@curvature-tuning/sweep';
import type { Report, Results } from '../studies/study.js';
import type { Figure } from './figure.js';
import { frame } from './figure.js';

/** What a cell `film` gives: fields of one panel or three, a frame after the other. */
interface Filmed {
  readonly [key: string]: Json;
  points: number[][];
  names: string[];
  fields: (string | number[])[][];
}

const PANELS = ['ReLU, frozen', 'T-CT', 'LoRA, rank 1'];
/** Every so many points of the spiral are drawn, for the size of the file; odd, since its arms alternate. */
const SPARSE = 3;

/** What the study says. */
export function filmsReport(results: Results): Report {
  return {
    text: ['Films are SVG that browsers and this page play; each PNG beside them is the first frame, for print.'],
    tables: [],
    figures: results
      .all<Filmed>('film')
      .map(({ spec, result }) =>
        spec['task'] === 'sine' ? lineFilm(result) : planeFilm(spec['task'] as string, result),
      ),
  };
}

function planeFilm(task: string, { points, names, fields }: Filmed): Figure {
  const isSpiral = task === 'spiral';
  const shown = isSpiral ? points.filter((_, i) => i % SPARSE === 0) : points;
  const side = Math.round(Math.sqrt(planeOf(fields[0]![0] as string).length));
  const facet = (panel: number): { fx: number } => ({ fx: panel });
  return {
    name: `film-${task}`,
    title: isSpiral ? 'A spiral: the boundary over beta' : 'Circles: what T-CT and LoRA make of a frozen network',
    description: isSpiral
      ? '2 × 20 ReLUs, trained once, steered to β = 0.5 and back.'
      : '7 ReLUs, trained and frozen; then T-CT and LoRA train, as long.',
    film: { frames: names.length, seconds: isSpiral ? 8 : 6, isBackAndForth: isSpiral },
    plot: {
      width: isSpiral ? 420 : 640,
      height: isSpiral ? 440 : 300,
      marginLeft: 12,
      marginRight: 12,
      marginTop: 70,
      marginBottom: 28,
      x: { axis: null, domain: [-1, 1] },
      y: { axis: null, domain: [-1, 1] },
      fx: {
        label: null,
        axis: isSpiral ? null : 'top',
        tickSize: 0,
        tickFormat: (panel: number) => PANELS[panel]!,
        domain: fields.map((_, panel) => panel),
      },
      color: { type: 'identity', range: undefined as never },
      marks: [
        Plot.frame({ fill: '#fdba74', fillOpacity: 0.6 }),
        ...fields.flatMap((panel, at) =>
          panel.map((field, i) =>
            Plot.contour([...planeOf(field as string)], {
              ...frame(i),
              ...facet(at),
              ...{ width: side, height: side, x1: -1, y1: -1, x2: 1, y2: 1 },
              fill: '#93c5fd',
              value: (z: number) => z,
              thresholds: [0],
              stroke: '#374151',
              strokeWidth: 0.8,
            }),
          ),
        ),
        Plot.dot(shown, {
          x: '0',
          y: '1',
          r: 1.6,
          fill: (point: number[]) => (point[2]! > 0 ? '#1d4ed8' : '#9a3412'),
        }),
        ...names.map((name, i) =>
          Plot.text([name], { ...frame(i), frameAnchor: 'bottom-left', dy: 15, fontWeight: 'bold' }),
        ),
      ],
    },
  };
}

function lineFilm({ points, names, fields }: Filmed): Figure {
  const [panel] = fields as [number[][]];
  return {
    name: 'film-sine',
    title: 'A sine: regression over beta',
    description: '4 × 32 ReLUs, trained once, steered to β = 0.5 and back.',
    film: { frames: names.length, seconds: 8, isBackAndForth: true },
    plot: {
      width: 420,
      height: 360,
      marginTop: 70,
      x: { label: null, ticks: 3 },
      y: { label: null, ticks: 3, grid: true, domain: [-1.8, 1.8] },
      marks: [
        ...panel.map((field, i) =>
          Plot.lineY(field, {
            ...frame(i),
            x: (_: number, at: number) => (2 * at) / (field.length - 1) - 1,
            y: (value: number) => value,
            ...{ stroke: '#2563eb', strokeWidth: 1.8, clip: true },
          }),
        ),
        Plot.dot(points, { x: '0', y: '1', r: 2.2, fill: '#c2410c' }),
        ...names.map((name, i) =>
          Plot.text([name], { ...frame(i), frameAnchor: 'top-left', dy: -8, fontWeight: 'bold' }),
        ),
      ],
    },
  };
}

/** The values of a plane, of which the boundary is the zero. */
function planeOf(field: string): Int8Array {
  return new Int8Array(Buffer.from(field, 'base64'));
}
