import { expect, it } from 'vitest';
import { someRobustness } from '../../test/someRobustness.js';
import type { AttackReport } from './attackReport.js';
import { waterfallFigure } from './waterfallFigure.js';

const report = (): AttackReport => ({
  command: 'ct attack',
  date: '2020-01-01T00:00:00Z',
  commit: null,
  version: '0',
  node: 'v20',
  tfjs: '4',
  hardware: 'test',
  backend: 'cpu',
  network: 'net',
  data: { name: 'digits', title: 'Digits', hash: 'ab' },
  ...someRobustness(),
});

/** The texts of a figure, in its order. */
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text!);

it('says what was attacked, how hard and how many, and names every network and attack', () => {
  const svg = waterfallFigure(report());
  expect(svg).toContain('Quick attacks, Linf, eps = 0.03, n = 100: accuracy in %');
  for (const name of ['as given', 'calibrated', 'beta 0.5', 'clean', 'robust']) expect(svg).toContain(name);
  const all = report();
  all.threat = { ...all.threat, version: 'standard', norm: 'L2', eps: 0.5 };
  expect(waterfallFigure(all)).toContain('AutoAttack standard, L2, eps = 0.5, n = 100');
});

it('each bar says what is left or what an attack takes, from the accuracies of the report', () => {
  const texts = textsOf(waterfallFigure(report()));
  for (const label of ['100.0 %', '−60.0', '−50.0', '−40.0', '40.0 %', '50.0 %', '60.0 %'])
    expect(texts, label).toContain(label);
});

it('an attack that takes nothing is a line with a 0, not an empty place', () => {
  const idle = report();
  idle.networks = idle.networks
    .slice(0, 1)
    .map((network) => ({ ...network, accuracyAfter: { clean: 0.9, square: 0.9 } }));
  const texts = textsOf(waterfallFigure(idle));
  expect(texts).toContain('0');
  expect(texts.filter((text) => text === '90.0 %')).toHaveLength(2);
});
