/**
 * Spoils graphs as files and programs spoil them: for tests that nothing but results and named errors come of it.
 */
import type * as tf from '@tensorflow/tfjs';
import type { AttrValue, GraphDef, GraphNode } from '../src/graph/read/graphDef.js';

/** A spoilt graph, and what was done to it. */
export interface Mutant {
  artifacts: tf.io.ModelArtifacts;
  what: string[];
}

/** Spoils a graph in one to three places; the original is not changed. */
export function mutateGraph(original: tf.io.ModelArtifacts, random: () => number): Mutant {
  const artifacts = {
    ...structuredClone({ ...original, weightData: undefined }),
    weightData: (original.weightData as ArrayBuffer).slice(0),
  } as unknown as Loose;
  const what: string[] = [];
  for (let i = 1 + Math.floor(2.2 * random() ** 2); i > 0; i--) {
    const kind = pick(Object.keys(mutations), random);
    try {
      what.push(`${kind}: ${mutations[kind]!(artifacts, random)}`);
    } catch {
      // The mutation before left nothing to spoil here.
    }
  }
  return { artifacts: artifacts as unknown as tf.io.ModelArtifacts, what };
}

type Loose = Omit<tf.io.ModelArtifacts, 'modelTopology' | 'weightSpecs'> & {
  modelTopology: Record<string, unknown> & GraphDef;
  weightSpecs: Record<string, unknown>[];
};

const garbage: readonly unknown[] = [
  null,
  undefined,
  0,
  -1,
  1.5,
  NaN,
  '',
  'x',
  '%%%',
  'constructor',
  true,
  [],
  {},
  [null],
  [1, 'a'],
  { list: {} },
  { s: 'eA==' },
  () => 0,
];
const attributes: readonly unknown[] = [
  null,
  {},
  { s: '%%%' },
  { s: '' },
  { s: btoa('SAME') },
  { s: btoa('nchw') },
  { s: [78, 72, 87, 67] },
  { i: '2' },
  { i: 2 },
  { f: 0.5 },
  { f: 'x' },
  { f: null },
  { b: true },
  { type: 'DT_INT32' },
  { type: 3 },
  { type: 'DT_NOTHING' },
  { list: {} },
  { list: { s: ['%%%'] } },
  { list: { s: [btoa('BiasAdd'), btoa('Relu6')] } },
  { list: { i: ['1', '1', '1', '1'] } },
  { list: { i: [1, 2, 2, 1] } },
  { list: { i: 'no' } },
  { list: null },
  { shape: { unknownRank: true } },
  7,
  'x',
  [],
];
const types = [
  'DT_INT32',
  'DT_INT64',
  'DT_HALF',
  'DT_DOUBLE',
  'DT_BOOL',
  'DT_STRING',
  'DT_COMPLEX64',
  'DT_QINT8',
  1,
  3,
];
const ops = [
  'Relu',
  'Relu6',
  'LeakyRelu',
  'Identity',
  'Neg',
  'Sigmoid',
  'Const',
  'Placeholder',
  'NoOp',
  'AddV2',
  'MatMul',
  '_FusedMatMul',
  '_FusedConv2D',
  'FusedBatchNormV3',
  'NobodyKnowsThis',
  'constructor',
  'Switch',
  'Merge',
  'NextIteration',
  'Shape',
  'Cast',
  'StatelessIf',
];

/** By what they spoil; each says where. */
const mutations: Record<string, (artifacts: Loose, random: () => number) => string> = {
  'an attribute dropped': (artifacts, random) => {
    const [node, name] = attributeOf(artifacts, random);
    delete node.attr![name];
    return `${node.name}.${name}`;
  },
  'an attribute of another kind': (artifacts, random) => {
    const [node, name] = attributeOf(artifacts, random);
    const value = pick(attributes, random);
    node.attr![name] = value as AttrValue;
    return `${node.name}.${name} = ${shown(value)}`;
  },
  'an attribute added': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    const name = pick(
      [
        'data_format',
        'fused_ops',
        'alpha',
        'leakyrelu_alpha',
        'T',
        'transpose_b',
        '_output_shapes',
        'shape',
        'explicit_paddings',
        'nonsense',
      ],
      random,
    );
    const value = pick(attributes, random);
    node.attr = { ...node.attr, [name]: value as AttrValue };
    return `${node.name}.${name} = ${shown(value)}`;
  },
  'all attributes gone': (artifacts, random) => {
    const node = nodeOf(artifacts, random) as unknown as Record<string, unknown>;
    node['attr'] = pick([undefined, null, {}], random);
    return String(node['name']);
  },
  'another type': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    const type = pick(types, random);
    node.attr = { ...node.attr, [pick(['T', 'dtype', 'DstT', 'SrcT'], random)]: { type } };
    return `${node.name}: ${type}`;
  },
  'a field of a node': (artifacts, random) => {
    const node = nodeOf(artifacts, random) as unknown as Record<string, unknown>;
    const name = String(node['name']);
    const field = pick(['name', 'op', 'input', 'attr'], random);
    const value = pick(garbage, random);
    node[field] = value;
    return `${name}.${field} = ${shown(value)}`;
  },
  'another op': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    node.op = pick(ops, random);
    return `${node.name} = ${node.op}`;
  },
  'another input': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    const other = pick(artifacts.modelTopology.node, random).name;
    const inputs = node.input ?? (node.input = []);
    const at = Math.floor(random() * (inputs.length + 1));
    const input = pick(
      [
        other,
        `${other}:0`,
        `${other}:1`,
        `^${other}`,
        node.name,
        'nobody',
        '',
        '^',
        ':',
        'constructor',
        null as unknown as string,
      ],
      random,
    );
    if (random() < 0.5) inputs[at] = input;
    else inputs.splice(at, 0, input);
    return `${node.name}[${at}] = ${input}`;
  },
  'a port or a control input': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    const inputs = node.input!;
    const at = Math.floor(random() * inputs.length);
    if (random() < 0.6) inputs[at] = `${inputs[at]!}:0`;
    else inputs.push(`^${pick(artifacts.modelTopology.node, random).name}`);
    return `${node.name}: ${inputs.join()}`;
  },
  'an input dropped': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    node.input!.splice(Math.floor(random() * node.input!.length), 1);
    return node.name;
  },
  'a node dropped': (artifacts, random) => {
    const { node } = artifacts.modelTopology;
    return node.splice(Math.floor(random() * node.length), 1)[0]!.name;
  },
  'a node twice': (artifacts, random) => {
    const node = nodeOf(artifacts, random);
    artifacts.modelTopology.node.push({ ...node });
    return node.name;
  },
  'something in the list of nodes': (artifacts, random) => {
    const value = pick(garbage, random);
    artifacts.modelTopology.node.splice(Math.floor(random() * 3), 0, value as GraphNode);
    return shown(value);
  },
  'nodes in another order': (artifacts, random) => {
    artifacts.modelTopology.node.sort(() => random() - 0.5);
    return 'all';
  },
  'the shape of an input': (artifacts, random) => {
    const node = artifacts.modelTopology.node.find(({ op }) => op === 'Placeholder')!;
    const { dim } = node.attr!['shape']!.shape!;
    const shape = pick(
      [
        { dim: dim!.map(() => ({ size: '-1' })) },
        { dim: [...dim!.slice(0, -1).map(() => ({ size: -1 })), dim!.at(-1)!] },
        { unknownRank: true },
        {},
        undefined,
        { dim: [...dim!, { size: '3' }] },
        { dim: [{}, ...dim!.slice(1)] },
        { dim: dim!.map(() => ({ size: '999999' })) },
      ],
      random,
    );
    node.attr!['shape'] = shape === undefined ? ({} as AttrValue) : ({ shape } as AttrValue);
    return shown(shape);
  },
  'a field of a weight': (artifacts, random) => {
    const spec = pick(artifacts.weightSpecs, random);
    const name = String(spec['name']);
    const field = pick(['name', 'shape', 'dtype', 'quantization'], random);
    const value = pick(
      [
        ...garbage,
        [0],
        [-1],
        [1e9, 1e9],
        [2, 2],
        'int32',
        'string',
        'float16',
        { dtype: 'uint8' },
        { dtype: 'uint8', min: 0, scale: 1 },
        { dtype: 'float16' },
        { dtype: 'int4', min: 0, scale: 1 },
      ],
      random,
    );
    spec[field] = value;
    return `${name}.${field} = ${shown(value)}`;
  },
  'a weight dropped': (artifacts, random) =>
    String(artifacts.weightSpecs.splice(Math.floor(random() * artifacts.weightSpecs.length), 1)[0]!['name']),
  'a weight twice': (artifacts, random) => {
    const spec = pick(artifacts.weightSpecs, random);
    artifacts.weightSpecs.push({ ...spec });
    return String(spec['name']);
  },
  'the data': (artifacts, random) => {
    const data = artifacts.weightData as ArrayBuffer;
    const half = Math.floor(data.byteLength / 2);
    const forms: [string, unknown][] = [
      ['cut', data.slice(0, half)],
      ['gone', undefined],
      ['longer', new Uint8Array([...new Uint8Array(data), 1, 2, 3, 4]).buffer],
      ['equal parts', [data.slice(0, half), data.slice(half)]],
      ['three parts', [data.slice(0, 4), data.slice(4, half), data.slice(half)]],
      ['a view', new Uint8Array(data)],
      ['a list with null', [data, null]],
      ['a text', 'weights'],
      ['an empty list', []],
    ];
    const [what, value] = pick(forms, random);
    artifacts.weightData = value as ArrayBuffer;
    return what;
  },
  'what stands around the graph': (artifacts, random) => {
    const value = pick(garbage, random);
    const field = pick(['versions', 'library', 'node'], random);
    const other = pick(
      ['signature', 'userDefinedMetadata', 'modelInitializer', 'weightSpecs', 'modelTopology'],
      random,
    );
    if (random() < 0.5) artifacts.modelTopology[field] = value;
    else
      (artifacts as unknown as Record<string, unknown>)[other] =
        random() < 0.5 ? value : { outputs: { y: value }, signature: { outputs: value } };
    return `${field} or ${other} = ${shown(value)}`;
  },
  'a library': (artifacts, random) => {
    const body = {
      signature: { name: 'f', inputArg: [{ name: 'a' }], outputArg: [{ name: 'y' }] },
      nodeDef: [{ name: 'r', op: 'Relu', input: ['a'] }],
      ret: { y: 'r:activations:0' },
    } as Record<string, unknown>;
    const field = pick(Object.keys(body), random);
    const value = pick(garbage, random);
    if (random() < 0.7) body[field] = value;
    artifacts.modelTopology.library = { function: [body] } as NonNullable<GraphDef['library']>;
    return `${field} = ${shown(value)}`;
  },
};

function nodeOf(artifacts: Loose, random: () => number): GraphNode {
  return pick(artifacts.modelTopology.node, random);
}

function attributeOf(artifacts: Loose, random: () => number): [GraphNode, string] {
  const node = pick(
    artifacts.modelTopology.node.filter(({ attr }) => Object.keys(attr ?? {}).length > 0),
    random,
  );
  return [node, pick(Object.keys(node.attr!), random)];
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) as string | undefined) ?? typeof value;
}
