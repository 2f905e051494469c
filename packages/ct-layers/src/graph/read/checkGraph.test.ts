import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GraphDef, GraphNode } from './graphDef.js';
import { bake, graphFeatures, replaceGraphActivations } from '../index.js';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { relativeDifference } from '../../../test/graphCases.js';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';

const float = { T: { type: 'DT_FLOAT' } };
const input: GraphNode = {
  name: 'x',
  op: 'Placeholder',
  attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } } },
};
const relu: GraphNode = { name: 'y', op: 'Relu', input: ['x'], attr: float };
const constant: GraphNode = { name: 'k', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } };

function graph(node: unknown, more: object = {}, topology: object = {}): tf.io.ModelArtifacts {
  return {
    format: 'graph-model',
    modelTopology: { versions: { producer: 1 }, node, ...topology },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
    ...more,
  };
}

/** A graph with one weight, written so. */
function withWeight(spec: unknown, bytes = 16): tf.io.ModelArtifacts {
  return graph([input, constant, relu], { weightSpecs: [spec], weightData: new ArrayBuffer(bytes) });
}

/** A graph with a library of one function, written so. */
function withFunction(body: unknown): tf.io.ModelArtifacts {
  return graph([input, relu], {}, { library: { function: [body] } });
}

const body = {
  signature: { name: 'f', inputArg: [{ name: 'a' }], outputArg: [{ name: 'b' }] },
  nodeDef: [{ name: 'r', op: 'Neg', input: ['a'] }],
  ret: { b: 'r:0' },
};

/** What is wrong, the artifacts, and what the error must name. */
const refusals: Record<string, [artifacts: tf.io.ModelArtifacts, names: RegExp]> = {
  'a node null': [graph([input, null, relu]), /node 1 of the graph must be an object with a name and an op, got null/],
  'a node that is a text': [graph(['x', relu]), /node 0 of the graph.*got "x"/],
  'a node without name': [graph([input, { op: 'Relu', input: ['x'] }]), /node 1 of the graph/],
  'a node without op': [
    graph([input, { name: 'z', input: ['x'] }, relu]),
    /node "z" of the graph must have an op, got undefined/,
  ],
  'an op that is a number': [graph([input, { ...relu, op: 7 }]), /node "y" of the graph must have an op, got 7/],
  'inputs that are a text': [
    graph([input, { ...relu, input: 'x' }]),
    /inputs of node "y" \(Relu\) must be a list of texts, got "x"/,
  ],
  'an input that is a number': [graph([input, { ...relu, input: [5] }]), /inputs of node "y" \(Relu\)/],
  'an input that names no node': [
    graph([input, { ...relu, input: ['z'] }]),
    /the input "z" of node "y" \(Relu\) names no node/,
  ],
  'a control input that names no node': [
    graph([input, { ...relu, input: ['x', '^z'] }]),
    /the input "\^z" of node "y"/,
  ],
  'an empty input': [graph([input, { ...relu, input: [''] }]), /the input "" of node "y"/],
  'a control input before others': [
    graph([input, { ...relu, input: ['^x', 'x'] }]),
    /the input "x" of node "y" \(Relu\) comes after control inputs/,
  ],
  'two nodes of one name': [graph([input, relu, { ...relu }]), /two nodes of the graph are called "y"/],
  'a Relu without input': [graph([input, { ...relu, input: [] }]), /node "y" \(Relu\) has no input/],
  'attributes that are a list': [
    graph([input, { ...relu, attr: [] }]),
    /attributes of node "y" \(Relu\) must be an object/,
  ],
  'a fused op that is not base64': [
    graph([
      input,
      { ...relu, op: '_FusedMatMul', input: ['x', 'x', 'x'], attr: { fused_ops: { list: { s: ['%%%'] } } } },
    ]),
    /"fused_ops" of node "y" \(_FusedMatMul\) must be a base64 text/,
  ],
  'a fused bias that is not there': [
    graph([
      input,
      {
        ...relu,
        op: '_FusedMatMul',
        input: ['x', 'x'],
        attr: { fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } } },
      },
    ]),
    /node "y" \(_FusedMatMul\) needs 3 inputs for what it fuses, got 2/,
  ],
  'a fused slope that is not there': [
    graph([
      input,
      {
        ...relu,
        op: '_FusedMatMul',
        input: ['x', 'x', 'x'],
        attr: { fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Prelu')] } } },
      },
    ]),
    /node "y" \(_FusedMatMul\) needs 4 inputs/,
  ],
  'a fused convolution without strides': [
    graph([input, { ...relu, op: '_FusedConv2D', input: ['x', 'x'], attr: {} }]),
    /"strides" of node "y" \(_FusedConv2D\) must be a list of 4 whole numbers, got nothing/,
  ],
  'a fused convolution of an unknown layout': [
    graph([
      input,
      { ...relu, op: '_FusedConv2D', input: ['x', 'x'], attr: { strides: ints(1, 1, 1, 1), data_format: { s: '' } } },
    ]),
    /"data_format" of node "y" \(_FusedConv2D\) must be NHWC or NCHW/,
  ],
  'padding without paddings': [
    graph([input, relu, { name: 'p', op: 'Pad', input: ['y'] }, { name: 'm', op: 'MaxPool', input: ['p'] }]),
    /node "p" \(Pad\) needs 2 inputs, got 1/,
  ],
  'a slope that is a text': [
    graph([input, { ...relu, op: 'LeakyRelu', attr: { alpha: { f: 'x' as never } } }]),
    /"alpha" of node "y" \(LeakyRelu\) must be a number, got \{"f":"x"\}/,
  ],
  'a slope that is not finite': [
    graph([input, { ...relu, op: 'LeakyRelu', attr: { alpha: { f: Infinity } } }]),
    /no CT layer can take the place of "y".*alpha must be a finite number/,
  ],
  'strides without a list': [
    graph([
      input,
      { name: 'c', op: 'MaxPool', input: ['x'], attr: { strides: { s: 'abc' } } },
      { ...relu, input: ['c'] },
    ]),
    /the attribute "strides" of node "c" \(MaxPool\)/,
  ],
  'a list that is null': [
    graph([
      input,
      { name: 'c', op: 'Squeeze', input: ['x'], attr: { axis: { list: null } } },
      { ...relu, input: ['c'] },
    ]),
    /the attribute "axis" of node "c" \(Squeeze\)/,
  ],
  'an attribute that only tfjs reads': [
    graph([input, { name: 'c', op: 'StringNGrams', input: ['x', 'x'], attr: { ngram_widths: { i: '2' } } }, relu]),
    /the attribute "ngram_widths" of node "c" \(StringNGrams\) must be what tfjs reads for this op, got \{"i":"2"\}/,
  ],
  'a circle of two': [
    graph([input, { ...relu, input: ['z'] }, { name: 'z', op: 'Identity', input: ['y'] }]),
    /the nodes ("z" -> "y" -> "z"|"y" -> "z" -> "y") feed each other in a circle/,
  ],
  'a node that reads itself': [graph([input, { ...relu, input: ['y'] }]), /"y" -> "y"/],
  'a circle by way of a control input': [
    graph([input, { ...relu, input: ['x', '^z'] }, { name: 'z', op: 'Identity', input: ['y'] }]),
    /circle/,
  ],
  'a fused MatMul without bias that waits for another node': [
    graph(
      [
        input,
        constant,
        {
          name: 'm',
          op: '_FusedMatMul',
          input: ['x', 'k', '^k'],
          attr: { fused_ops: { list: { s: [btoa('noop'), btoa('Relu')] } } },
        },
      ],
      { weightSpecs: [{ name: 'k', shape: [4, 1], dtype: 'float32' }], weightData: new ArrayBuffer(16) },
    ),
    /node "m" \(_FusedMatMul\) fuses no BiasAdd, and yet tfjs would add its third input "\^k"/,
  ],
  'a constant without weight': [
    graph([input, constant, { name: 's', op: 'AddV2', input: ['x', 'k'] }, relu]),
    /the constant "k", which "s" reads, is not among the weights/,
  ],
  'a weight of a node that is no constant': [
    graph([input, relu], {
      weightSpecs: [{ name: 'y', shape: [4], dtype: 'float32' }],
      weightData: new ArrayBuffer(16),
    }),
    /the weight "y" belongs to a node of that name whose op is Relu/,
  ],
  'no versions': [graph([input, relu], {}, { versions: undefined }), /versions must be an object, got undefined/],
  'a weight null': [withWeight(null), /weight 0 must be an object/],
  'a weight without name': [withWeight({ shape: [4], dtype: 'float32' }), /weight 0 must be an object/],
  'a weight without shape': [
    withWeight({ name: 'k', dtype: 'float32' }),
    /shape of the weight "k" must be a list of sizes, got undefined/,
  ],
  'a weight of negative size': [withWeight({ name: 'k', shape: [-1], dtype: 'float32' }), /shape of the weight "k"/],
  'a weight of a size that no number holds': [
    withWeight({ name: 'k', shape: [1e9, 1e9], dtype: 'float32' }),
    /shape of the weight "k"/,
  ],
  'a weight without dtype': [withWeight({ name: 'k', shape: [4] }), /dtype of the weight "k"/],
  'a weight of an unknown dtype': [
    withWeight({ name: 'k', shape: [4], dtype: 'float13' }),
    /dtype of the weight "k" must be float32, .*, got "float13"/,
  ],
  'a weight larger than the data': [
    withWeight({ name: 'k', shape: [1000], dtype: 'float32' }),
    /the weight "k" \(float32 \[1000\]\) lies in bytes 0 to 4000, and there are 16/,
  ],
  'texts that the data ends in': [
    withWeight({ name: 'k', shape: [5], dtype: 'string' }),
    /the data ends within text 4 of the weight "k"/,
  ],
  'a quantisation null': [
    withWeight({ name: 'k', shape: [4], dtype: 'float32', quantization: null }),
    /quantization.dtype of the weight "k"/,
  ],
  'an unknown quantisation': [
    withWeight({ name: 'k', shape: [4], dtype: 'float32', quantization: { dtype: 'int4', min: 0, scale: 1 } }),
    /quantization.dtype of the weight "k" must be uint8, uint16 or float16/,
  ],
  'a quantisation without scale': [
    withWeight({ name: 'k', shape: [4], dtype: 'float32', quantization: { dtype: 'uint8', min: 0 } }),
    /quantization of the weight "k"/,
  ],
  'a quantised bool': [
    withWeight({ name: 'k', shape: [4], dtype: 'bool', quantization: { dtype: 'uint8', min: 0, scale: 1 } }),
    /dtype of the weight "k" must be one that can be quantised to uint8, got "bool"/,
  ],
  'integers as float16': [
    withWeight({ name: 'k', shape: [4], dtype: 'int32', quantization: { dtype: 'float16' } }),
    /dtype of the weight "k"/,
  ],
  'two weights of one name': [
    graph([input, constant, relu], {
      weightSpecs: [1, 2].map(() => ({ name: 'k', shape: [1], dtype: 'float32' })),
      weightData: new ArrayBuffer(8),
    }),
    /two weights are called "k"/,
  ],
  'weights without data': [
    graph([input, constant, relu], {
      weightSpecs: [{ name: 'k', shape: [1], dtype: 'float32' }],
      weightData: undefined,
    }),
    /1 weights but no data/,
  ],
  'data that is a text': [
    graph([input, relu], { weightData: 'abc' }),
    /weightData must be an ArrayBuffer or a list of them, got "abc"/,
  ],
  'a list of data with null': [
    graph([input, relu], { weightData: [new ArrayBuffer(0), null] }),
    /weightData must be .*got a list with null/,
  ],
  'weightSpecs that are an object': [graph([input, relu], { weightSpecs: {} }), /weightSpecs must be a list/],
  'the content of model.json': [
    { ...graph([input, relu]), weightSpecs: undefined, weightsManifest: [] } as never,
    /without the weights that it lists; pass its URL/,
  ],
  'a library that is a text': [
    graph([input, relu], {}, { library: { function: 'f' } }),
    /library.function must be a list/,
  ],
  'a function null': [withFunction(null), /function 0 of the graph's library/],
  'a function without inputs': [
    withFunction({ ...body, signature: { name: 'f', outputArg: [] } }),
    /signature.inputArg of the function "f"/,
  ],
  'a function without ret': [
    withFunction({ ...body, ret: undefined }),
    /the function "f" does not say in ret what its output "b" is/,
  ],
  'a function with a node null': [withFunction({ ...body, nodeDef: [null] }), /node 0 of the function "f"/],
  'a function that reads what is not there': [
    withFunction({ ...body, nodeDef: [{ name: 'r', op: 'Neg', input: ['z'] }] }),
    /the input "z" of node "r" \(Neg\) names no node of the function "f"/,
  ],
  'a function with a circle': [
    withFunction({ ...body, nodeDef: [{ name: 'r', op: 'Neg', input: ['r'] }] }),
    /"r" -> "r"/,
  ],
  'a signature with null': [
    graph([input, relu], { signature: { outputs: { y: null } } }),
    /signature.outputs.y must be an object with the name of a node, got null/,
  ],
  'a signature that is a text': [
    graph([input, relu], { userDefinedMetadata: { signature: 'x' } }),
    /userDefinedMetadata.signature.inputs must be an object/,
  ],
  'an initializer with a node null': [
    graph([input, relu], { modelInitializer: { node: [null] } }),
    /node 0 of modelInitializer/,
  ],
};

describe('malformed graphs', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('cpu')).toBe(true);
  });
  leavesNoTensor();

  for (const [what, [artifacts, names]] of Object.entries(refusals)) {
    it(`${what} is refused by name`, async () => {
      const copy = JSON.stringify(artifacts);
      const error: unknown = await replaceGraphActivations(artifacts, { kinds: ['relu', 'leakyRelu'] }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toMatch(names);
      expect((error as Error).message).toMatch(/^replaceGraphActivations: /);
      expect(JSON.stringify(artifacts), 'the caller keeps what they passed').toBe(copy);
    });
  }

  it('a handler that fails or loads nothing is told of', async () => {
    for (const [load, message] of [
      [
        () => Promise.reject(new Error('no such file')),
        /^replaceGraphActivations: the IO handler could not load the model: no such file/,
      ],
      [
        () => Promise.resolve(JSON.parse('<html>')),
        /^replaceGraphActivations: the IO handler could not load the model: what came is no JSON/,
      ],
      [() => Promise.resolve(null), /^replaceGraphActivations: expected the source to load model artifacts, got null/],
      [() => Promise.resolve({ modelTopology: null }), /^replaceGraphActivations: expected a GraphModel/],
      [
        () =>
          Promise.resolve({
            ...graph([input, relu]),
            weightData: undefined,
            getWeightStream: () =>
              new ReadableStream({ start: (controller) => controller.error(new Error('cut off')) }),
          }),
        /the stream of weights broke off: cut off/,
      ],
    ] as [() => Promise<tf.io.ModelArtifacts>, RegExp][]) {
      await expect(replaceGraphActivations({ load: () => Promise.resolve().then(load) })).rejects.toThrow(message);
    }
  });

  it('a chain of 30,000 nodes, in any order, and one of 1,000 activations are no matter of recursion', async () => {
    const chain = Array.from({ length: 30_000 }, (_, i): GraphNode => ({
      name: `n${i}`,
      op: 'Identity',
      input: [i === 0 ? 'x' : `n${i - 1}`],
      attr: float,
    }));
    // In any order: tfjs does not mind.
    const nodes = [{ ...relu, input: ['n29999'] }, ...chain.reverse(), input];
    const steeredChain = await replaceGraphActivations(graph(nodes), { sharing: 'channel' });
    expect(steeredChain.sites[0]!.shape).toEqual([null, 4]);
    const features = graphFeatures(steeredChain);
    expect(features.outputs[0]!.shape).toEqual([null, 4]);
    await bake(steeredChain);
    features.dispose();
    steeredChain.model.dispose();
    const many = graph([
      input,
      ...Array.from({ length: 1000 }, (_, i): GraphNode => ({
        name: `r${i}`,
        op: 'Relu',
        input: [i === 0 ? 'x' : `r${i - 1}`],
        attr: float,
      })),
    ]);
    const steered = await replaceGraphActivations(many);
    expect(steered.sites).toHaveLength(1000);
    const x = tf.tensor2d([[1, -2, 3, -4]]);
    const y = steered.model.predict(x) as tf.Tensor;
    expect([...y.dataSync()].map((v) => Math.round(v * 100) / 100)).toEqual([1, 0, 3, 0]);
    tf.dispose([x, y]);
    steered.model.dispose();
  });
});

describe('graphs that leave out what tfjs takes for granted', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('cpu')).toBe(true);
  });

  const sparse: Record<string, (g: GraphBuilder) => void> = {
    'a fused convolution without data_format, dilations or slope': (g) => {
      g.node('_FusedConv2D', 'y', ['x', g.weight('w', [3, 3, 3, 4]), g.weight('b', [4])], {
        strides: ints(1, 1, 1, 1),
        padding: text('SAME'),
        fused_ops: { list: { s: [btoa('BiasAdd'), btoa('LeakyRelu')] } },
        num_args: { i: '1' },
      });
    },
    'a fused depthwise one': (g) => {
      g.node('FusedDepthwiseConv2dNative', 'y', ['x', g.weight('w', [3, 3, 3, 2]), g.weight('b', [6])], {
        strides: ints(1, 1, 1, 1),
        padding: text('VALID'),
        fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } },
        num_args: { i: '1' },
      });
    },
    // tfjs never looks at it there.
    'a fused depthwise one that says channels come first': (g) => {
      g.node('FusedDepthwiseConv2dNative', 'y', ['x', g.weight('w', [3, 3, 3, 2]), g.weight('b', [6])], {
        strides: ints(1, 1, 1, 1),
        padding: text('VALID'),
        data_format: text('NCHW'),
        fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } },
        num_args: { i: '1' },
      });
    },
    'character codes in place of base64': (g) => {
      const codes = (word: string): number[] => [...word].map((letter) => letter.charCodeAt(0));
      g.node('_FusedConv2D', 'y', ['x', g.weight('w', [3, 3, 3, 4]), g.weight('b', [4])], {
        strides: ints(1, 2, 2, 1),
        padding: { s: codes('SAME') },
        data_format: { s: codes('NHWC') },
        fused_ops: { list: { s: [codes('BiasAdd'), codes('Relu6')] } },
        num_args: { i: 1 },
      });
    },
    'a LeakyRelu without slope, types or output port': (g) => {
      g.nodes.push({ name: 'y', op: 'LeakyRelu', input: ['x:0'] });
    },
    'attributes null': (g) => {
      g.nodes.push({ name: 'y', op: 'Relu', input: ['x'], attr: null as never });
    },
    'padding without a value': (g) => {
      g.node(
        'MaxPool',
        'pool',
        [
          g.node('Pad', 'pad', [
            g.node('Relu', 'act', ['x']),
            g.weight('p', [4, 2], [0, 0, 1, 1, 1, 1, 0, 0], 'int32'),
          ]),
        ],
        { ksize: ints(1, 3, 3, 1), strides: ints(1, 2, 2, 1), padding: text('VALID') },
      );
    },
    'one of three outputs': (g) => {
      g.node('Split', 'three', [g.weight('axis', [], [3], 'int32'), 'x'], { num_split: { i: '3' } });
      g.node('Relu', 'y', ['three:2']);
    },
    'a control input': (g) => {
      g.nodes.push({ name: 'first', op: 'Neg', input: ['x'] }, { name: 'y', op: 'Relu', input: ['x', '^first'] });
    },
    'data in a view, and in parts of which the last is the largest': (g) => {
      g.node('Relu', 'y', [g.node('Mul', 'm', [g.node('AddV2', 's', ['x', g.weight('a', [1])]), g.weight('b', [3])])]);
    },
    'data behind the last weight, and constants of ours behind that': (g) => {
      g.node(
        'MaxPool',
        'pool',
        [
          g.node('Pad', 'pad', [
            g.node('Relu', 'act', [g.node('Sub', 's', ['x', g.weight('a', [3])])]),
            g.weight('p', [4, 2], [0, 0, 1, 1, 1, 1, 0, 0], 'int32'),
          ]),
        ],
        { ksize: ints(1, 3, 3, 1), strides: ints(1, 2, 2, 1), padding: text('VALID') },
      );
    },
  };

  for (const [what, make] of Object.entries(sparse)) {
    it(`${what}: steered and baked equal tfjs at beta = 1 to 1e-5`, async () => {
      const before = tf.memory().numTensors;
      const g = new GraphBuilder();
      g.input('x', [null, 6, 6, 3]);
      make(g);
      const artifacts = g.artifacts();
      const x = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 5);
      const model = await tf.loadGraphModel(tf.io.fromMemory(structuredClone(artifacts)));
      const expected = tf.tidy(() => [
        ...(model.execute(x, (artifacts.modelTopology as GraphDef).node.at(-1)!.name) as tf.Tensor).dataSync(),
      ]);
      const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
      const forms: unknown[] = [
        artifacts.weightData,
        new Uint8Array([9, 9, ...bytes, 9]).subarray(2, bytes.length + 2),
        [bytes.slice(0, 4).buffer, bytes.slice(4).buffer],
        new Uint8Array([...bytes, 7, 7, 7, 7]).buffer,
      ];
      for (const weightData of forms) {
        const steered = await replaceGraphActivations({ ...artifacts, weightData: weightData as ArrayBuffer });
        const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
        tf.tidy(() => {
          const name = (artifacts.modelTopology as GraphDef).node.at(-1)!.name;
          for (const made of [steered.model, stock])
            expect(relativeDifference(expected, [...(made.execute(x, name) as tf.Tensor).dataSync()])).toBeLessThan(
              1e-5,
            );
        });
        expect(steered.model.outputs.map(({ name }) => name).sort()).toEqual(
          model.outputs.map(({ name }) => name).sort(),
        );
        stock.dispose();
        steered.model.dispose();
      }
      model.dispose();
      x.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  it('scale and shift are not folded into what the signature gives out', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 3]);
    g.node('Relu', 'y', [
      g.node('BiasAdd', 'before', [g.node('MatMul', 'product', ['x', g.weight('w', [3, 2])]), g.weight('b', [2])]),
    ]);
    const steered = await replaceGraphActivations(g.artifacts({ outputs: ['before', 'y'] }), { affine: true });
    const { scale } = steered.activations.get('y')!.rawWeights;
    tf.tidy(() => void scale!.write(tf.fill([2], 3)));
    const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
    const x = tf.tensor2d([[1, 2, 3]]);
    for (const name of ['before', 'y']) {
      const [a, b] = [steered.model, stock].map((model) =>
        tf.tidy(() => [...(model.execute(x, name) as tf.Tensor).dataSync()]),
      );
      expect(relativeDifference(a!, b!)).toBeLessThan(1e-6);
    }
    x.dispose();
    stock.dispose();
    steered.model.dispose();
  });

  it('a disposed graph is named as such', async () => {
    const steered = await replaceGraphActivations(graph([input, relu]));
    steered.model.dispose();
    expect(() => graphFeatures(steered)).toThrow(/^graphFeatures: the steered graph was disposed of/);
    await expect(bake(steered)).rejects.toThrow(/^bake: the steered graph was disposed of/);
    await expect(bake(null as never)).rejects.toThrow(/^bake: steered must be .*got null/);
  });
});
