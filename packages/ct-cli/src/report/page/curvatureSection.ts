/**
 * What T-CT learnt: beta and c over all channels.
 */
import * as Plot from '@observablehq/plot';
import { OWN } from '../../network/ownActivation.js';
import type { SteerReport } from '../steerReport.js';
import { meanAndSpread } from '../steerReport.js';
import { figure } from './figure.js';
import type { Section } from './section.js';
import { colourOf } from './style.js';

/** Bins of a figure; the record has a hundred. */
const BINS = 25;

/** Of a report with T-CT. */
export function curvatureSection({ results, own = 'relu' }: SteerReport): Section | undefined {
  const [{ tct, outcomes }] = results as [SteerReport['results'][number]];
  if (tct === undefined) return undefined;
  const start = OWN[own].trainedFrom;
  const of = (name: 'beta' | 'coeff'): string => {
    const bars = binned(results.map(({ tct: learnt }) => learnt![name].histogram));
    const { mean, std } = tct[name];
    const [symbol, what] = name === 'beta' ? ['beta', 'curvature beta'] : ['c', 'mixing coefficient c'];
    return figure({
      id: `learnt-${name}`,
      title: `Channels, %, by their ${what}`,
      description: `Mean ${mean.toFixed(2)}, standard deviation ${std.toFixed(2)}; all began at ${start[name]}.`,
      caption:
        name === 'beta'
          ? '1 is ReLU; the smaller, the smoother.'
          : 'c weighs the sigmoid-like half of phi against the softplus-like one.',
      key: [
        {
          mark: 'bar',
          colour: colourOf('tct'),
          text: `after training: mean ${mean.toFixed(2)}, spread ${std.toFixed(2)}`,
        },
        { mark: 'dashes', colour: 'var(--relu)', text: `before: ${start[name]}` },
      ],
      plot: (width) => ({
        height: width > 400 ? 260 : 220,
        marginLeft: 46,
        marginBottom: 38,
        x: { label: symbol, domain: [0, 1], ticks: 5 },
        y: { label: null, grid: true, ticks: 5 },
        marks: [
          Plot.rectY(bars, {
            x1: 'x1',
            x2: 'x2',
            y: 'share',
            fill: colourOf('tct'),
            insetLeft: 0.5,
            insetRight: 0.5,
            title: ({ x1, x2, share }: Bar) => `${symbol} ${x1.toFixed(2)} to ${x2.toFixed(2)}: ${share.toFixed(1)} %`,
          }),
          Plot.ruleX([start[name]], { stroke: 'var(--relu)', strokeWidth: 1.5, strokeDasharray: '6 4' }),
          Plot.ruleY([0], { stroke: 'var(--muted)' }),
        ],
      }),
    });
  };
  return {
    id: 'curvature',
    title: 'What T-CT learnt',
    html:
      `<p>T-CT gave each of ${outcomes.tct!.parameters.withoutHead / 2} channels a beta and a c of its own` +
      `${results.length > 1 ? `; bars are means over ${results.length} seeds` : ''}.</p>\n` +
      `<div class="figures">\n${of('beta')}\n${of('coeff')}\n</div>`,
  };
}

interface Bar {
  x1: number;
  x2: number;
  /** In percent. */
  share: number;
}

/** Shares of coarser bins, mean over histograms. */
function binned(histograms: readonly number[][]): Bar[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const shares = histograms.map((counts) => {
      const size = counts.length / BINS;
      const inBin = counts.filter((_, i) => Math.floor(i / size) === bin);
      return inBin.reduce((a, b) => a + b, 0) / counts.reduce((a, b) => a + b, 0);
    });
    return { x1: bin / BINS, x2: (bin + 1) / BINS, share: 100 * meanAndSpread(shares).mean };
  });
}
