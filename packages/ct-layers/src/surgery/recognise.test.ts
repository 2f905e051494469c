import { describe as suite, expect, it } from 'vitest';
import type { LayerEntry } from '../model/modelConfig.js';
import { describe, otherActivation, recognise } from './recognise.js';

const entry = (className: string, config: object = {}): LayerEntry => ({ className, config: { name: 'n', ...config } });
const wrapped = (layer: LayerEntry): LayerEntry => entry('TimeDistributed', { layer });

suite('recognise', () => {
  it.each([
    [entry('ReLU'), { kind: 'relu', unit: {}, form: 'layer' }],
    [entry('ReLU', { maxValue: 4 }), { kind: 'relu6', unit: { maxValue: 4 }, form: 'layer' }],
    [entry('LeakyReLU', { alpha: 0.1 }), { kind: 'leakyRelu', unit: { alpha: 0.1 }, form: 'layer' }],
    [entry('Activation', { activation: 'relu6' }), { kind: 'relu6', unit: { maxValue: 6 }, form: 'layer' }],
    [entry('Dense', { activation: 'gelu_new' }), { kind: 'gelu', unit: {}, form: 'fused' }],
    [entry('DepthwiseConv2D', { activation: 'swish' }), { kind: 'silu', unit: {}, form: 'fused' }],
    [wrapped(entry('Dense', { activation: 'relu' })), { kind: 'relu', unit: {}, form: 'wrapped' }],
    [wrapped(entry('ReLU')), { kind: 'relu', unit: {}, form: 'layer' }],
  ])('%j', (given, found) => {
    expect(recognise(given)).toEqual(found);
  });

  it.each([
    entry('Dense', { activation: 'tanh' }),
    entry('Dense', { activation: 'constructor' }),
    entry('LSTM', { activation: 'relu' }),
    entry('Flatten'),
  ])('not %j', (given) => {
    expect(recognise(given)).toBeUndefined();
  });
});

suite('otherActivation', () => {
  it('names what a reader would call one', () => {
    expect(otherActivation(entry('PReLU'))).toEqual({ description: 'PReLU', kind: undefined });
    expect(otherActivation(entry('Dense', { activation: 'tanh' }))).toEqual({
      description: 'Dense, tanh',
      kind: undefined,
    });
  });

  it('finds a kind that we know inside of a layer, however deep', () => {
    expect(otherActivation(entry('GRU', { recurrentActivation: 'relu' }))?.kind).toBe('relu');
    const cells = [{ className: 'Dense', config: { name: 'cell', activation: 'relu6' } }];
    expect(otherActivation(entry('RNN', { cell: { cells } }))?.kind).toBe('relu6');
  });

  it('is none of a layer that has none', () => {
    expect(otherActivation(entry('Flatten'))).toBeUndefined();
    expect(otherActivation(entry('Dense', { activation: 'linear' }))).toBeUndefined();
  });
});

it('describes an entry for messages', () => {
  expect(describe(entry('Dense', { activation: 'tanh' }))).toEqual({ description: 'Dense, tanh' });
  expect(describe(entry('ELU'))).toEqual({ description: 'ELU' });
});
