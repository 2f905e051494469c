import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { GraphIndex } from '../read/graphDef.js';
import { padsToMend } from './graphPads.js';

/** The pads that are mended where the node `relu` is replaced. */
function mended(
  build: (g: GraphBuilder, relu: string) => void,
  replaced: string[] = ['relu'],
  isZero = true,
): string[] {
  const g = new GraphBuilder();
  build(g, g.node('Relu', 'relu', [g.input('x', [null, 4, 4, 1])]));
  return [...padsToMend(new GraphIndex(g.nodes), new Set(replaced), () => isZero)];
}

const pad = (g: GraphBuilder, input: string, name = 'pad'): string => g.node('Pad', name, [input, 'sizes']);
const pool = (g: GraphBuilder, input: string, name = 'pool'): string => g.node('MaxPool', name, [input]);

describe('padsToMend', () => {
  it('are those between a replaced ReLU and max-pools', () => {
    expect(mended((g, relu) => pool(g, pad(g, relu)))).toEqual(['pad']);
    expect(mended((g, relu) => pool(g, pad(g, relu)), [])).toEqual([]);
  });

  it('see through ops that keep the sign, sums of what is not negative among them', () => {
    expect(mended((g, relu) => pool(g, pad(g, g.node('Reshape', 'r', [relu, 'shape']))))).toEqual(['pad']);
    expect(
      mended((g, relu) => {
        const other = g.node('Sigmoid', 's', ['x']);
        pool(g, pad(g, g.node('AddV2', 'sum', [relu, other])));
      }),
    ).toEqual(['pad']);
    expect(
      mended((g, relu) => {
        const joined = g.node('ConcatV2', 'joined', [relu, g.node('Relu', 'other', ['x']), 'axis']);
        pool(g, pad(g, joined));
      }),
    ).toEqual(['pad']);
  });

  it('are none behind what may be negative anyway, for then zeros won before, too', () => {
    expect(mended((g, relu) => pool(g, pad(g, g.node('Neg', 'n', [relu]))))).toEqual([]);
    expect(mended((g, relu) => pool(g, pad(g, g.node('AddV2', 'sum', [relu, 'x']))))).toEqual([]);
  });

  it('are none for other pools, and none that pad with a value of the author', () => {
    expect(mended((g, relu) => g.node('AvgPool', 'avg', [pad(g, relu)]))).toEqual([]);
    const build = (g: GraphBuilder, relu: string): void =>
      void pool(g, g.node('PadV2', 'pad', [relu, 'sizes', 'value']));
    expect(mended(build)).toEqual(['pad']);
    expect(mended(build, ['relu'], false)).toEqual([]);
    expect(mended((g, relu) => pool(g, g.node('Pad', 'pad', [relu, 'sizes'], { constant_value: { f: 1 } })))).toEqual(
      [],
    );
  });

  it('cannot serve a max-pool and something else', () => {
    const build = (g: GraphBuilder, relu: string): void => {
      const padded = pad(g, relu);
      pool(g, padded);
      g.node('Conv2D', 'conv', [padded, 'w']);
    };
    expect(() => mended(build)).toThrow('"pad" pads with zeros for the max-pool "pool"');
    expect(mended(build, [])).toEqual([]);
  });

  it('need their inputs', () => {
    expect(() => mended((g, relu) => pool(g, g.node('Pad', 'pad', [relu])))).toThrow('(Pad) needs 2 inputs, got 1');
  });
});
