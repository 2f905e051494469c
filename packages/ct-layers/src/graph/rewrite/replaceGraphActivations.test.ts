import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { phi } from '@curvature-tuning/activation/math';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GraphDef } from '../read/graphDef.js';
import type { ReplaceGraphActivationsOptions, SteerableGraphModel } from '../index.js';
import { bake, replaceGraphActivations } from '../index.js';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { graphCases, inputsOf, originalOutputs, outputsOf, relativeDifference } from '../../../test/graphCases.js';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';

const load = (artifacts: tf.io.ModelArtifacts): Promise<tf.GraphModel> =>
  tf.loadGraphModel(tf.io.fromMemory(artifacts));

const oneNode = (op: string, attr = {}, channels: number | null = 4): tf.io.ModelArtifacts => {
  const g = new GraphBuilder();
  g.input('x', [null, channels]);
  g.node(op, 'act', ['x'], attr);
  return g.artifacts();
};

describe.each(['cpu', 'wasm'])('replaceGraphActivations on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });
  leavesNoTensor();

  for (const [name, make] of Object.entries(graphCases)) {
    it(`${name}: beta = 1 equals the original to 1e-6, beta moves it, baked equals steered to 1e-6`, async () => {
      const graphCase = make();
      const topology = JSON.stringify(graphCase.artifacts.modelTopology);
      const steered = await replaceGraphActivations(graphCase.artifacts, {
        sharing: 'channel',
        slope: true,
        affine: true,
      });
      expect(steered.sites).toHaveLength(graphCase.sites);
      const inputs = inputsOf(graphCase);
      const [expected, atOne] = [await originalOutputs(graphCase, inputs), await outputsOf(steered.model, inputs)];
      expect(relativeDifference(expected, atOne)).toBeLessThan(1e-6);
      for (const beta of [1, 0.9, 0.3, 0]) {
        steered.setBeta(beta);
        if (beta !== 1) randomise(steered);
        const values = await outputsOf(steered.model, inputs);
        if (beta !== 1) expect(relativeDifference(expected, values)).toBeGreaterThan(1e-3);
        const baked = await bake(steered);
        const ops = new Set((baked.modelTopology as GraphDef).node.map(({ op }) => op));
        expect(ops).not.toContain('CurvatureTuning');
        const stock = await load(baked);
        expect(relativeDifference(values, await outputsOf(stock, inputs)), `beta ${beta}`).toBeLessThan(1e-6);
        stock.dispose();
      }
      // mapNode of tfjs may add attributes; surgery adds nothing.
      expect(JSON.stringify(graphCase.artifacts.modelTopology)).toBe(topology);
      tf.dispose(inputs);
      steered.model.dispose();
    });
  }

  it('phi of every kind equals the float64 closed form to 2e-6, the leaky one with its slope', async () => {
    const x = [-8, -3, -0.5, 0, 0.2, 2, 5.9, 7];
    for (const [op, attr, expected] of [
      ['Relu', {}, (v: number) => phi(v, 0.85, 0.4)],
      ['Relu6', {}, (v: number) => phi(v, 0.85, 0.4) - phi(v - 6, 0.85, 0.4)],
      ['LeakyRelu', { alpha: { f: 0.25 } }, (v: number) => 0.25 * v + 0.75 * phi(v, 0.85, 0.4)],
      ['LeakyRelu', {}, (v: number) => 0.2 * v + 0.8 * phi(v, 0.85, 0.4)],
    ] as const) {
      const { model } = await replaceGraphActivations(oneNode(op, attr, 8), { beta: 0.85, coeff: 0.4 });
      const input = tf.tensor2d(x, [1, 8]);
      const values = await outputsOf(model, { x: input });
      x.forEach((v, i) => expect(Math.abs(values[i]! - expected(v))).toBeLessThan(2e-6 * Math.max(1, Math.abs(v))));
      input.dispose();
      model.dispose();
    }
  });

  it('x·sigmoid(x) becomes phi on request, to 1e-6 itself, whichever way the product is written', async () => {
    for (const order of [
      ['x', 'gate'],
      ['gate', 'x'],
    ]) {
      const g = new GraphBuilder();
      g.input('x', [null, 3]);
      g.node('Mul', 'silu', (g.node('Sigmoid', 'gate', ['x']), order));
      const { model, sites } = await replaceGraphActivations(g.artifacts(), { kinds: ['silu'], beta: 0.7 });
      expect(sites.map(({ layer, kind }) => [layer, kind])).toEqual([['silu', 'silu']]);
      const x = tf.tensor2d([-1, 0.5, 2], [1, 3]);
      const values = await outputsOf(model, { x });
      expect(values).toHaveLength(3);
      [-1, 0.5, 2].forEach((v, i) => expect(values[i]).toBeCloseTo(phi(v, 0.7, 1), 5));
      model.dispose();
      const { model: start } = await replaceGraphActivations(g.artifacts(), { kinds: ['silu'] });
      const same = await outputsOf(start, { x });
      [-1, 0.5, 2].forEach((v, i) => expect(Math.abs(same[i]! - v / (1 + Math.exp(-v)))).toBeLessThan(1e-6));
      x.dispose();
      start.dispose();
    }
  });

  it('the weights exist once: buffers are those of the original and of the CT layers', async () => {
    const { artifacts } = graphCases['two outputs, one of them an activation with two consumers']!();
    const original = tf.memory().numDataBuffers;
    const plain = await load(artifacts);
    const buffers = tf.memory().numDataBuffers - original;
    const bytes = tf.memory().numBytes;
    const { model, sites } = await replaceGraphActivations(artifacts);
    expect(tf.memory().numDataBuffers - original - buffers).toBe(buffers + 2 * sites.length);
    const weightBytes = artifacts.weightSpecs!.reduce(
      (sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(tf.memory().numBytes - bytes).toBe(weightBytes + 2 * sites.length * 4);
    model.dispose();
    plain.dispose();
  });

  it('sharing decides the shape of the weights', async () => {
    const { artifacts } = graphCases['a fused convolution with bias and Relu']!();
    for (const [options, shape] of [
      [{ sharing: 'channel' }, [1, 1, 4]],
      [{ sharing: 'site' }, [1, 1, 1]],
      [{}, [1, 1, 1]],
    ] as [ReplaceGraphActivationsOptions, number[]][]) {
      const { model, activations } = await replaceGraphActivations(artifacts, options);
      expect(activations.get('fused')!.rawWeights.beta.shape).toEqual(shape);
      model.dispose();
    }
  });

  it('sites tell node, kind, shape, channels and group', async () => {
    const { artifacts } = graphCases['two outputs, one of them an activation with two consumers']!();
    const { model, sites, names, leftAlone } = await replaceGraphActivations(artifacts, { sharing: 'stage' });
    expect(sites).toEqual([
      {
        index: 0,
        layer: 'features',
        source: 'features',
        kind: 'relu6',
        start: { beta: 1, coeff: 0.5 },
        fused: true,
        shape: [null, 6, 6, 4],
        channels: 4,
        calls: 1,
        group: '6x6',
      },
      {
        index: 1,
        layer: 'relu',
        source: 'relu',
        kind: 'relu',
        start: { beta: 1, coeff: 0.5 },
        fused: false,
        shape: [null, 6, 6, 4],
        channels: 4,
        calls: 1,
        group: '6x6',
      },
    ]);
    expect(names.get('features')).toBe('features');
    expect(leftAlone).toEqual(['out (Softmax)']);
    model.dispose();
  });

  it('selects by name, pattern, predicate, depth and kinds', async () => {
    const { artifacts } = graphCases['two outputs, one of them an activation with two consumers']!();
    for (const [options, expected] of [
      [{ include: 'relu' }, ['relu']],
      [{ include: /^feat/ }, ['features']],
      [{ exclude: ({ kind }) => kind === 'relu' }, ['features']],
      [{ depth: [-1] }, ['relu']],
      [{ kinds: ['relu6'] }, ['features']],
    ] as [ReplaceGraphActivationsOptions, string[]][]) {
      const { model, sites } = await replaceGraphActivations(artifacts, options);
      expect(sites.map(({ layer }) => layer)).toEqual(expected);
      model.dispose();
    }
  });

  it('an activation that is not selected keeps its slope and stays what it was', async () => {
    const { artifacts, inputs } = graphCases['a fused convolution with bias and LeakyRelu']!();
    (artifacts.modelTopology as GraphDef).node.push({ name: 'end', op: 'Relu', input: ['out'] });
    const steered = await replaceGraphActivations(artifacts, { include: 'end' });
    expect(steered.leftAlone).toEqual(['fused (_FusedConv2D, LeakyRelu)']);
    const original = await load(artifacts);
    const x = inputsOf({ inputs, sites: 1, artifacts });
    expect(relativeDifference(await outputsOf(original, x), await outputsOf(steered.model, x))).toBeLessThan(1e-6);
    tf.dispose(x);
    original.dispose();
    steered.model.dispose();
  });

  it(
    'channels come from the filters where the inputs have no fixed shape, and are demanded by name where ' + 'unknown',
    async () => {
      const g = new GraphBuilder();
      g.input('x', [null, null, null, 3]);
      g.fused('_FusedConv2D', 'conv', 'x', g.weight('w', [3, 3, 3, 4]), ['BiasAdd', 'Relu'], [g.weight('b', [4])]);
      g.node('Relu', 'late', [g.node('NobodyKnowsThis', 'odd', ['conv'])]);
      const { model, sites, activations } = await replaceGraphActivations(g.artifacts(), {
        sharing: 'channel',
        exclude: 'late',
      });
      expect(sites[0]!.shape).toEqual([null, null, null, 4]);
      expect(activations.get('conv')!.rawWeights.beta.shape).toEqual([1, 1, 4]);
      model.dispose();
      await expect(replaceGraphActivations(g.artifacts(), { sharing: 'channel' })).rejects.toThrow(
        /channels of "late".*it was not run on zeros, because.*NobodyKnowsThis/,
      );
      const whole = await replaceGraphActivations(g.artifacts());
      expect(whole.sites.map(({ shape }) => shape)).toEqual([[null, null, null, 4], []]);
      whole.model.dispose();
      const open = new GraphBuilder();
      open.node('Relu', 'wide', [open.input('x', [null, null])]);
      await expect(replaceGraphActivations(open.artifacts(), { sharing: 'channel' })).rejects.toThrow(
        /the number of channels of "wide", which is not known; exclude it/,
      );
    },
  );

  it('shapes in _output_shapes spare the run', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, null]);
    g.node('Relu', 'act', ['x'], { _output_shapes: { list: { shape: [{ dim: [{ size: '-1' }, { size: '7' }] }] } } });
    const { model, sites } = await replaceGraphActivations(g.artifacts(), { sharing: 'channel' });
    expect(sites[0]!.shape).toEqual([null, 7]);
    model.dispose();
  });

  it('a padding that also serves a convolution is refused by name', async () => {
    const { artifacts } = graphCases['zero padding between a Relu and a max-pool']!();
    const topology = artifacts.modelTopology as GraphDef;
    const spoiled = {
      ...artifacts,
      modelTopology: { ...topology, node: [...topology.node, { name: 'also', op: 'Neg', input: ['pad'] }] },
    };
    await expect(replaceGraphActivations(spoiled)).rejects.toThrow(
      /"pad" pads with zeros for the max-pool "pool".*for "also"/,
    );
  });

  it(
    'control flow of both kinds passes untouched; the activations of its functions are listed, and ' +
      'refused when named',
    async () => {
      const g = new GraphBuilder();
      g.input('x', [null, 3]);
      g.node('Relu', 'before', ['x']);
      g.node('Greater', 'pred', [
        g.node('Sum', 'sum', ['before', g.weight('axes', [2], [0, 1], 'int32')]),
        g.weight('limit', [], [1]),
      ]);
      g.node('Switch', 'switch', ['before', 'pred']);
      g.node('Merge', 'merge', [g.node('Exp', 'low', ['switch:0']), g.node('Relu', 'high', ['switch:1'])]);
      g.node('StatelessIf', 'if', ['pred', 'before', 'merge'], {
        then_branch: { func: { name: 'then' } },
        else_branch: { func: { name: 'else' } },
      });
      const branch = (name: string, op: string): object => ({
        signature: {
          name,
          inputArg: [
            { name: 'a', type: 'DT_FLOAT' },
            { name: 'b', type: 'DT_FLOAT' },
          ],
          outputArg: [{ name: 'y', type: 'DT_FLOAT' }],
        },
        nodeDef: [
          { name: 'sum', op: 'AddV2', input: ['a', 'b'], attr: {} },
          { name: 'result', op, input: ['sum:z:0'], attr: {} },
        ],
        ret: { y: 'result:0' },
      });
      const artifacts = g.artifacts({
        library: { function: [branch('then', 'Relu'), branch('else', 'Neg')] } as NonNullable<GraphDef['library']>,
      });
      const steered = await replaceGraphActivations(artifacts);
      expect(steered.sites.map(({ layer }) => layer)).toEqual(['before', 'high']);
      expect(steered.sites.map(({ shape }) => shape)).toEqual([
        [null, 3],
        [null, 3],
      ]);
      expect(steered.leftAlone).toEqual(['then/result (Relu)']);
      const original = await load(artifacts);
      for (const values of [
        [0.5, -0.6, 0.2],
        [2, -1, 3],
      ]) {
        const x = tf.tensor2d(values, [1, 3]);
        const [a, b] = [
          (await original.executeAsync({ x }, 'if')) as tf.Tensor,
          (await steered.model.executeAsync({ x }, 'if')) as tf.Tensor,
        ];
        expect(relativeDifference([...a.dataSync()], [...b.dataSync()])).toBeLessThan(1e-6);
        steered.setBeta(0.5);
        const moved = (await steered.model.executeAsync({ x }, 'if')) as tf.Tensor;
        expect(relativeDifference([...a.dataSync()], [...moved.dataSync()])).toBeGreaterThan(1e-3);
        steered.setBeta(1);
        tf.dispose([x, a, b, moved]);
      }
      await expect(replaceGraphActivations(artifacts, { include: /^then/ })).rejects.toThrow(
        /"then\/result" \(inside the function "then".*cannot be replaced/,
      );
      original.dispose();
      steered.model.dispose();
    },
  );

  it('unknown ops pass untouched', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 3]);
    g.node('NobodyKnowsThis', 'odd', [g.node('Relu', 'act', ['x'])], { mode: text('any') });
    const { model } = await replaceGraphActivations(g.artifacts(), {});
    const x = tf.ones([1, 3]);
    const y = model.execute({ x }, 'act') as tf.Tensor;
    expect(y.shape).toEqual([1, 3]);
    expect(() => model.execute({ x }, 'odd')).toThrow(/NobodyKnowsThis/);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('channels-first convolutions: no values per channel; with a fused bias refused by name', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 3, 6, 6]);
    const nchw = { data_format: text('NCHW') };
    g.node(
      'Relu',
      'relu',
      [
        g.node('Conv2D', 'conv', ['x', g.weight('w', [3, 3, 3, 4])], {
          strides: ints(1, 1, 1, 1),
          padding: text('SAME'),
          dilations: ints(1, 1, 1, 1),
          ...nchw,
        }),
      ],
      {
        _output_shapes: { list: { shape: [{ dim: [-1, 4, 6, 6].map((size) => ({ size: String(size) })) }] } },
      },
    );
    await expect(replaceGraphActivations(g.artifacts(), { sharing: 'channel' })).rejects.toThrow(
      /"relu" has them first/,
    );
    g.fused('_FusedConv2D', 'fused', 'x', 'w', ['BiasAdd', 'Relu'], [g.weight('b', [4])], nchw);
    await expect(replaceGraphActivations(g.artifacts())).rejects.toThrow(/"fused".*channels-first.*exclude: 'fused'/);
  });

  it('a source may be an IO handler or a stream of weights', async () => {
    const { artifacts } = graphCases['a Relu node']!();
    const { weightData, ...rest } = artifacts;
    const bytes = weightData as ArrayBuffer;
    const stream = (): ReadableStream<ArrayBuffer> =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.slice(0, 10));
          controller.enqueue(bytes.slice(10));
          controller.close();
        },
      });
    const x = inputsOf(graphCases['a Relu node']!());
    const values: number[][] = [];
    for (const source of [
      artifacts,
      tf.io.fromMemory(artifacts),
      { load: () => Promise.resolve({ ...rest, getWeightStream: stream }) },
    ]) {
      const { model } = await replaceGraphActivations(source, { beta: 0.5 });
      values.push(await outputsOf(model, x));
      model.dispose();
    }
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).toEqual(values[0]);
    tf.dispose(x);
  });

  it('bad input throws', async () => {
    const artifacts = oneNode('Relu');
    const with_ = (options: object): Promise<SteerableGraphModel> => replaceGraphActivations(artifacts, options);
    await expect(with_({ beta: 1.5 })).rejects.toThrow(/replaceGraphActivations: beta must lie in \[0, 1\], got 1.5/);
    await expect(with_({ sharing: 'galaxy' })).rejects.toThrow(/sharing must be/);
    await expect(with_({ calls: 'tied' })).rejects.toThrow(/calls has no meaning for a graph/);
    await expect(with_({ protocol: 'paper' })).rejects.toThrow(/protocol has no meaning/);
    await expect(with_({ kinds: ['gelu'] })).rejects.toThrow(/GELU in a graph is several nodes/);
    await expect(with_({ include: 'nobody' })).rejects.toThrow(/"nobody" is no activation of "the graph"/);
    await expect(replaceGraphActivations(oneNode('Tanh'))).rejects.toThrow(/no activation matched.*act \(Tanh\)/);
    await expect(replaceGraphActivations({ modelTopology: { model_config: {} } } as never)).rejects.toThrow(
      /LayersModel: use replaceActivations/,
    );
    await expect(
      replaceGraphActivations({
        modelTopology: { node: [] },
        weightSpecs: [{ name: 'w', shape: [1], dtype: 'float32' }],
      } as never),
    ).rejects.toThrow(/no data/);
    await expect(replaceGraphActivations(7 as never)).rejects.toThrow(/source must be a URL/);
  });

  it('100 rounds of surgery and use leave no tensor behind', async () => {
    const graphCase = graphCases['zero padding between a Relu and a max-pool']!();
    const x = inputsOf(graphCase);
    const inUse = tf.memory();
    for (let round = 0; round < 100; round++) {
      const steered = await replaceGraphActivations(graphCase.artifacts, { sharing: 'channel', affine: true });
      steered.setBeta(round / 100);
      await outputsOf(steered.model, x);
      await bake(steered);
      steered.model.dispose();
      steered.model.dispose();
    }
    expect(tf.memory().numTensors).toBe(inUse.numTensors);
    expect(tf.memory().numDataBuffers).toBe(inUse.numDataBuffers);
    tf.dispose(x);
  });
});

/** Gives every trainable number of a steered model a value of its own, not far from where it was. */
function randomise({ activations }: SteerableGraphModel): void {
  let seed = 1;
  for (const layer of activations.values()) {
    const { beta, coeff, alpha, scale, shift } = layer.rawWeights;
    for (const [weight, spread] of [
      [beta, 0.3],
      [coeff, 0.5],
      [alpha, 0.1],
      [scale, 0.2],
      [shift, 0.2],
    ] as const) {
      tf.tidy(
        () =>
          void weight!.write(
            tf.add(weight!.read(), tf.randomNormal(weight!.shape as number[], 0, spread, 'float32', seed++)),
          ),
      );
    }
  }
}
