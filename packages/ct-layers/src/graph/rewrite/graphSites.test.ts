import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import type { SiteSelection } from '../../unit/activationSite.js';
import { Selector } from '../../unit/activationSite.js';
import type { Sharing } from '../../unit/sharing.js';
import type { Fact } from '../read/fact.js';
import type { GraphDef } from '../read/graphDef.js';
import { GraphIndex } from '../read/graphDef.js';
import { selectActivations } from './graphSites.js';

/** Two ReLUs, a Relu6 and a Tanh, of 4 channels. */
function graph(): GraphBuilder {
  const g = new GraphBuilder();
  const x = g.input('x', [null, 4]);
  g.node('Tanh', 't', [g.node('Relu', 'c', [g.node('Relu6', 'b', [g.node('Relu', 'a', [x])])])]);
  return g;
}

function select(
  selection: SiteSelection = {},
  {
    facts = {},
    library,
    sharing = 'channel',
  }: { facts?: Record<string, Fact>; library?: GraphDef['library']; sharing?: Sharing } = {},
): ReturnType<typeof selectActivations> & { asked: string[] } {
  const { nodes } = graph();
  const asked: string[] = [];
  const found = selectActivations({ node: nodes, ...(library && { library }) }, new GraphIndex(nodes), {
    selector: new Selector('replaceGraphActivations', selection),
    sharing,
    named: selection.include !== undefined,
    valuesOf: (wanted) => {
      asked.push(...wanted.map(({ name }) => name));
      return { of: (name) => facts[name] ?? { dtype: 'float32', shape: [null, 4] } };
    },
  });
  return { ...found, asked };
}

const names = ({ selected }: ReturnType<typeof select>): string[] => selected.map(({ node }) => node.name);

describe('selectActivations', () => {
  it('finds the activations of the wanted kinds in the order of the graph, and tells of the others', () => {
    const all = select();
    expect(names(all)).toEqual(['a', 'b', 'c']);
    expect(all.asked).toEqual(['a', 'b', 'c']);
    expect(all.leftAlone).toEqual(['t (Tanh)']);
    const relus = select({ kinds: ['relu'] });
    expect(names(relus)).toEqual(['a', 'c']);
    expect(relus.leftAlone).toEqual(['b (Relu6)', 't (Tanh)']);
    expect(relus.selected.map(({ site }) => [site.index, site.layer, site.channels])).toEqual([
      [0, 'a', 4],
      [1, 'c', 4],
    ]);
  });

  it('applies names, and keeps what is not chosen in sight', () => {
    expect(names(select({ exclude: 'a' }))).toEqual(['b', 'c']);
    expect(select({ include: /a|b/ }).leftAlone).toEqual(['c (Relu)', 't (Tanh)']);
  });

  it('refuses names that match nothing', () => {
    expect(() => select({ include: 'none' })).toThrow(/replaceGraphActivations: .*none/);
  });

  it('leaves other types alone, and refuses them where they were named', () => {
    const facts = { a: { dtype: 'int32', shape: [null, 4] } } satisfies Record<string, Fact>;
    const found = select({}, { facts });
    expect(names(found)).toEqual(['b', 'c']);
    expect(found.leftAlone).toContain('a (Relu of int32 values, which have no curvature)');
    expect(() => select({ include: 'a' }, { facts })).toThrow('the relu of "a" (of int32 values');
    // A type that nobody states is the usual one.
    expect(names(select({}, { facts: { a: { shape: [null, 4] } } }))).toEqual(['a', 'b', 'c']);
  });

  it('lists activations inside of functions, and refuses them where they were named', () => {
    const library = { function: [{ signature: { name: 'f' }, nodeDef: [{ name: 'r', op: 'Relu', input: ['p'] }] }] };
    expect(select({}, { library }).leftAlone).toContain('f/r (Relu)');
    expect(() => select({ include: 'f/r' }, { library })).toThrow('inside the function "f" of the graph\'s library');
  });

  it('groups as curvature is shared', () => {
    const groupsOf = (sharing: Sharing): number =>
      new Set(select({}, { sharing }).selected.map(({ site }) => site.group)).size;
    expect([groupsOf('site'), groupsOf('model')]).toEqual([3, 1]);
  });
});
