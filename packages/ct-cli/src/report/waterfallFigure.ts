/**
 * Accuracy after each attack as a waterfall: what each attack takes away, and what is left. SVG text.
 */
import * as Plot from '@observablehq/plot';
import type { AttackReport } from './attackReport.js';
import { steps } from './attackReport.js';
import { draw } from './draw.js';

const LEFT = 'var(--left)';
const LOST = 'var(--lost)';
/** The file stands alone, in light and in dark. */
const CSS = `
svg { --left: #6b7280; --lost: #c2410c; --paper: #ffffff; color: #374151; }
@media (prefers-color-scheme: dark) { svg { --left: #9ca3af; --lost: #fb923c; --paper: #11151c; color: #d1d5db; } }
`;

interface Bar {
  network: string;
  step: string;
  from: number;
  to: number;
  kind: 'left' | 'lost';
}

/** One facet a network; bars of loss hang from what was left before; the last bar is the robust accuracy. */
export function waterfallFigure(report: AttackReport): string {
  const { threat, networks } = report;
  const bars = networks.flatMap((network): Bar[] => {
    const all = steps(network);
    const falls = all.map(({ step, accuracy }, i): Bar => ({
      network: network.name,
      step,
      from: i === 0 ? 0 : accuracy,
      to: i === 0 ? accuracy : all[i - 1]!.accuracy,
      kind: i === 0 ? 'left' : 'lost',
    }));
    return [...falls, { network: network.name, step: 'robust', from: 0, to: all.at(-1)!.accuracy, kind: 'left' }];
  });
  const intervals = networks.map(({ name, robust: { interval } }) => ({
    network: name,
    step: 'robust',
    low: 100 * interval[0],
    high: 100 * interval[1],
  }));
  const label = ({ from, to, kind }: Bar): string =>
    kind === 'left' ? `${(to - from).toFixed(1)} %` : to - from > 0 ? `−${(to - from).toFixed(1)}` : '0';
  const title =
    `${threat.version === 'quick' ? 'Quick attacks' : `AutoAttack ${threat.version}`}, ${threat.norm}, ` +
    `eps = ${threat.eps}, n = ${threat.images}: accuracy in %`;
  const description =
    'Grey: still right. Orange: what an attack takes of what those before it left. Lines: 95 % intervals.';
  const options: Plot.PlotOptions = {
    width: 340 * networks.length + 60,
    height: 392,
    marginTop: 76,
    x: { label: null, domain: [...steps(networks[0]!).map(({ step }) => step), 'robust'], tickRotate: -30 },
    y: { label: null, domain: [0, 105], ticks: 5, grid: true },
    fx: { label: null, domain: networks.map(({ name }) => name) },
    marginBottom: 56,
    marks: [
      Plot.barY(bars, {
        fx: 'network',
        x: 'step',
        y1: 'from',
        y2: 'to',
        fill: ({ kind }: Bar) => (kind === 'left' ? LEFT : LOST),
        insetLeft: 1,
        insetRight: 1,
      }),
      // A bar of no height is still to be seen.
      Plot.tickY(
        bars.filter(({ from, to }) => from === to),
        { fx: 'network', x: 'step', y: 'to', stroke: LOST, strokeWidth: 2 },
      ),
      Plot.text(bars, { fx: 'network', x: 'step', y: 'to', text: label, dy: -7, fontSize: 11 }),
      // How sure the robust accuracy is.
      Plot.ruleX(intervals, { fx: 'network', x: 'step', y1: 'low', y2: 'high', stroke: '#111827' }),
      Plot.ruleY([0]),
    ],
  };
  return draw(options, { id: 'waterfall', title, description, headed: true, css: CSS });
}
