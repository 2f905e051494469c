import { describe, expect, it } from 'vitest';
import type { ActivationSite, SiteSelection } from './activationSite.js';
import { Selector } from './activationSite.js';

const sites = ['a/relu', 'a/c2', 'b/relu', 'b/c2'].map((source, index): ActivationSite => ({
  index,
  layer: `${source}_ctu`,
  source,
  kind: 'relu',
  start: { beta: 1, coeff: 0.5 },
  fused: index % 2 === 1,
  shape: [null, 4],
  channels: 4,
  calls: 1,
  group: source,
}));
const selected = (selection: SiteSelection): string[] =>
  new Selector('f', selection).select(sites).map(({ source }) => source);

describe('selects', () => {
  it.each<[string, SiteSelection, string[]]>([
    ['all by default', {}, ['a/relu', 'a/c2', 'b/relu', 'b/c2']],
    ['by the name before and after', { include: ['a/relu', 'b/c2_ctu'] }, ['a/relu', 'b/c2']],
    ['by a pattern for the old name, a global one too', { include: /^b/g }, ['b/relu', 'b/c2']],
    ['by a predicate', { include: ({ fused }) => fused }, ['a/c2', 'b/c2']],
    ['without what is excluded', { include: /^a/, exclude: 'a/c2' }, ['a/relu']],
    ['by depth, as slice takes it', { depth: [1, 3] }, ['a/c2', 'b/relu']],
    ['from the end', { depth: [-1] }, ['b/c2']],
    ['by depth before names', { depth: [0, 2], include: /c2$/ }, ['a/c2']],
  ])('%s', (_, selection, names) => {
    expect(selected(selection)).toEqual(names);
  });
});

it('wants relu, relu6 and leaky ReLU unless told otherwise', () => {
  expect([...new Selector('f', {}).kinds]).toEqual(['relu', 'relu6', 'leakyRelu']);
  expect([...new Selector('f', { kinds: ['silu'] }).kinds]).toEqual(['silu']);
});

describe('refuses', () => {
  const check = (selection: SiteSelection, others: string[] = []): void => {
    const selector = new Selector('f', selection);
    selector.check('net', sites, selector.select(sites), others);
  };

  it('a name that nobody has, and says which there are', () => {
    expect(() => check({ exclude: 'relu' })).toThrow(
      'f: "relu" is no activation of "net"; its ReLUs: a/relu, a/c2, b/relu, b/c2',
    );
  });

  it('not a name of another activation', () => {
    expect(() => check({ exclude: 'gate' }, ['gate (Dense, tanh)'])).not.toThrow();
  });

  it('to select nothing', () => {
    expect(() => check({ depth: [9] }, ['gate (Dense, tanh)'])).toThrow(
      /f: no activation matched in "net"; .*other activations: gate \(Dense, tanh\); change include/,
    );
  });
});
