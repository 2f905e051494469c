/**
 * Every public function with every kind of wrong argument; the tables are made from the schemas.
 */
import { refusals } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyLora, applyLoraArguments } from '../src/lora/applyLora.js';
import { cellSchema, checkCell, checkCellArguments } from '../src/compare/cell.js';
import { comparisonData, compareMethods, compareMethodsArguments } from '../src/compare/compareMethods.js';
import { comparisonTable, comparisonTableArguments, rowSchema } from '../src/compare/comparisonTable.js';
import type { Cell, Comparison, ComparisonData, LoraAdapter, LowRankArgs, PeftTensor } from '../src/index.js';
import {
  LoraConv2D,
  LoraDense,
  LoraDepthwiseConv2D,
  loraLayers,
  measurePeakBytes,
  mergeLora,
  methods,
  unmergeLora,
} from '../src/index.js';
import { modelArguments } from '../src/lora/loraSite.js';
import { lowRankArguments } from '../src/lora/lowRank.js';
import { removeLora, removeLoraArguments } from '../src/lora/mergeLora.js';
import type { MethodName } from '../src/compare/methods.js';
import { methodRunArguments } from '../src/compare/methods.js';
import { measurePeakBytesArguments } from '../src/compare/peakBytes.js';
import { applyLoraAdapter, applyLoraAdapterArguments } from '../src/peft/applyLoraAdapter.js';
import { getLoraAdapter, getLoraAdapterArguments } from '../src/peft/getLoraAdapter.js';
import { peftTensor } from '../src/peft/peftAdapter.js';
import { loadLora, loadLoraArguments, saveLora, saveLoraArguments } from '../src/peft/peftFile.js';
import { tuneLora, tuneLoraArguments } from '../src/lora/tuneLora.js';

let model: tf.LayersModel;
let changed: tf.LayersModel;
let examples: { images: tf.Tensor2D; labels: number[] };
let data: ComparisonData;
let adapter: LoraAdapter;
let comparison: Comparison;

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = tf.sequential({
    layers: [tf.layers.dense({ units: 5, activation: 'relu', inputShape: [4] }), tf.layers.dense({ units: 3 })],
  });
  examples = { images: tf.randomNormal([6, 4], 0, 1, 'float32', 1), labels: [0, 1, 2, 0, 1, 2] };
  data = { train: examples, validation: examples, test: examples, id: 'x' };
  changed = applyLora(model).model;
  adapter = await getLoraAdapter(changed);
  comparison = await compareMethods(model, () => Promise.resolve(data), {
    methods: ['probe'],
    protocol: 'paper',
    seeds: [1],
    budget: { epochs: 1 },
  });
});

const { refuses } = refusals(() => tf.memory().numTensors);

// No refusal changes the models' weights.
const weights = (): unknown => [model, changed].map((one) => one.getWeights().map((weight) => [...weight.dataSync()]));
let before: unknown;
beforeEach(() => void (before = weights()));
afterEach(() => expect(weights()).toEqual(before));

describe('bad arguments are refused by name, before any work, and leave no tensor and no change', () => {
  it('applyLora', () =>
    refuses('applyLora', applyLoraArguments, { good: { model, options: {} }, atLeast: 100 }, (a) =>
      applyLora(a.model, a.options),
    ));
  it('tuneLora', () =>
    refuses(
      'tuneLora',
      tuneLoraArguments,
      { good: { model, train: examples, validation: examples, options: {} }, atLeast: 300 },
      (a) => tuneLora(a.model, a.train, a.validation, a.options),
    ));
  const everyRate = Object.fromEntries(Object.keys(methods).map((name) => [name, { own: 0.1, head: 0.1 }]));
  it('compareMethods', () =>
    refuses(
      'compareMethods',
      compareMethodsArguments,
      { good: { model, data: () => Promise.resolve(data), options: { learningRate: everyRate } }, atLeast: 120 },
      (a) => compareMethods(a.model, a.data, a.options),
    ));
  it('loraLayers', () =>
    refuses('loraLayers', modelArguments, { good: { model: changed }, atLeast: 20 }, (a) => loraLayers(a.model)));
  it('mergeLora', () =>
    refuses('mergeLora', modelArguments, { good: { model: changed }, atLeast: 20 }, (a) => mergeLora(a.model)));
  it('unmergeLora', () =>
    refuses('unmergeLora', modelArguments, { good: { model: changed }, atLeast: 20 }, (a) => unmergeLora(a.model)));
  it('removeLora', () =>
    refuses('removeLora', removeLoraArguments, { good: { model: changed, options: {} }, atLeast: 60 }, (a) =>
      removeLora(a.model, a.options),
    ));
  it('getLoraAdapter', () =>
    refuses('getLoraAdapter', getLoraAdapterArguments, { good: { model: changed, options: {} }, atLeast: 80 }, (a) =>
      getLoraAdapter(a.model, a.options),
    ));
  it('applyLoraAdapter', () =>
    refuses(
      'applyLoraAdapter',
      applyLoraAdapterArguments,
      { good: { model, adapter, options: {} }, atLeast: 400 },
      (a) => applyLoraAdapter(a.model, a.adapter, a.options),
    ));
  it('saveLora', () =>
    refuses('saveLora', saveLoraArguments, { good: { adapter }, atLeast: 350 }, (a) => saveLora(a.adapter)));
  it('loadLora', () => {
    const files = saveLora(adapter);
    return refuses(
      'loadLora',
      loadLoraArguments,
      { good: { bytes: files['adapter_model.safetensors'], config: files['adapter_config.json'] }, atLeast: 40 },
      (a) => loadLora(a.bytes, a.config),
    );
  });
  it('measurePeakBytes', () =>
    refuses(
      'measurePeakBytes',
      measurePeakBytesArguments,
      { good: { body: () => Promise.resolve(1) }, atLeast: 20 },
      (a) => measurePeakBytes(a.body),
    ));
  it('comparisonTable', () =>
    refuses<{ comparison: Comparison; format: 'text' | 'markdown' }>(
      'comparisonTable',
      comparisonTableArguments,
      { good: { comparison, format: 'text' }, atLeast: 160 },
      (a) => comparisonTable(a.comparison, a.format),
    ));
  it('checkCell', () =>
    refuses('checkCell', checkCellArguments, { good: { specification: comparison.cells[0]! }, atLeast: 100 }, (a) =>
      checkCell(comparison.cells[0], a.specification),
    ));

  it.each(Object.keys(methods) as MethodName[])('methods.%s.run', (name) => {
    const run = {
      seed: 1,
      learningRate: { own: 0.1, head: 0.1 },
      protocol: 'strict',
      epochs: 1,
      batchSize: 4,
    } as const;
    return refuses(
      `methods.${name}.run`,
      methodRunArguments,
      { good: { model, train: examples, validation: examples, options: run }, atLeast: 220 },
      (a) => methods[name].run(a.model, a.train, a.validation, a.options),
    );
  });

  it.each([
    ['LoraDense', LoraDense, { units: 1 }],
    ['LoraConv2D', LoraConv2D, { filters: 1, kernelSize: 1 }],
    ['LoraDepthwiseConv2D', LoraDepthwiseConv2D, { kernelSize: 1 }],
  ] as const)('new %s', (name, Layer, stock) =>
    refuses(
      name,
      lowRankArguments,
      { good: { options: stock as LowRankArgs }, atLeast: 70 },
      (a) => new Layer(a.options),
    ),
  );
});

describe('what stands inside lists, maps and promises is refused alike', () => {
  it('the cells that checkCell looks at', () => {
    const [cell] = comparison.cells as [Cell];
    return refuses<{ cell: Cell }>('checkCell', { cell: cellSchema }, { good: { cell }, atLeast: 200 }, (a) =>
      checkCell(a.cell, cell),
    );
  });
  it('the rows of comparisonTable', () => {
    const [row] = comparison.rows as [Comparison['rows'][0]];
    return refuses('comparisonTable', { rows: rowSchema }, { good: { rows: row }, atLeast: 280 }, (a) =>
      comparisonTable({ ...comparison, rows: [a.rows] }),
    );
  });
  it('the examples that compareMethods gets of a seed', () =>
    refuses('compareMethods', { data: comparisonData }, { good: { data }, atLeast: 90 }, (a) =>
      compareMethods(model, () => Promise.resolve(a.data), { methods: ['probe'], seeds: [1], budget: { epochs: 1 } }),
    ));
  it.each([
    ['applyLoraAdapter', (given: LoraAdapter) => applyLoraAdapter(model, given)],
    ['saveLora', saveLora],
  ] as const)('the tensors of %s', (caller, call) => {
    const [[key, tensor]] = [...adapter.tensors] as [[string, PeftTensor]];
    return refuses(caller, { tensors: peftTensor }, { good: { tensors: tensor }, atLeast: 60 }, (a) =>
      call({ ...adapter, tensors: new Map([...adapter.tensors, [key, a.tensors]]) }),
    );
  });
  it('tensors that are not finite, or of another size than they say', () => {
    const withTensor = (data: number[], shape = [2]): LoraAdapter => ({
      ...adapter,
      tensors: new Map([['a.lora_A.weight', { shape, data: Float32Array.from(data) }]]),
    });
    expect(() => saveLora(withTensor([1, NaN]))).toThrow(
      new RangeError(
        'saveLora: adapter.tensors["a.lora_A.weight"].data must be a Float32Array of finite numbers, got NaN at 1',
      ),
    );
    expect(() => applyLoraAdapter(model, withTensor([1, -Infinity]))).toThrow(
      new RangeError(
        'applyLoraAdapter: adapter.tensors["a.lora_A.weight"].data must be a Float32Array of finite numbers, ' +
          'got -Infinity at 1',
      ),
    );
    expect(() => saveLora(withTensor([1]))).toThrow(RangeError);
    expect(() => saveLora(withTensor([1]))).toThrow(
      'saveLora: adapter.tensors["a.lora_A.weight"] must be an object {shape, data} with as many numbers as ' +
        'its shape says',
    );
  });
  it.each([undefined, 3, '', Promise.resolve('fc')])('a name of a module that is %s', async (name) => {
    const moduleOf = (): string => name as string;
    const before = tf.memory().numTensors;
    await expect(getLoraAdapter(changed, { moduleOf })).rejects.toThrow(
      /^getLoraAdapter: moduleOf\(".*"\) must be a text that is not empty, got /,
    );
    expect(() => applyLoraAdapter(model, adapter, { moduleOf })).toThrow(
      /^applyLoraAdapter: moduleOf\(".*"\) must be a text that is not empty, got /,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
  it('two layers of one name, before a tensor is made', async () => {
    const before = tf.memory().numTensors;
    await expect(getLoraAdapter(changed, { moduleOf: () => 'same' })).rejects.toThrow(
      'two layers are called "same.lora_A.weight"',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
