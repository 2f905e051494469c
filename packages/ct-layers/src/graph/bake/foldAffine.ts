/**
 * A scale and a shift per channel, moved into the weights of what comes before them.
 */
import type { io } from '@tensorflow/tfjs-core';
import { isChannelsFirst, readFused } from '../read/fusedNode.js';
import type { GraphIndex, GraphNode } from '../read/graphDef.js';
import { dataInputs, nodeName, portOf } from '../read/graphDef.js';
import type { GraphArtifacts } from '../read/graphSource.js';
import type { GraphWeights } from '../read/graphWeights.js';
import { flagAttribute } from '../read/nodeAttributes.js';

/** The weights of a graph, and new values for some of them. */
export class FoldedWeights {
  private readonly artifacts: GraphArtifacts;
  private readonly weights: GraphWeights;
  private readonly index: GraphIndex;
  private readonly outputs: ReadonlySet<string>;
  private readonly changed = new Map<string, Float32Array>();

  /** @param outputs Names of the nodes whose values callers see, whoever else reads them. */
  constructor(artifacts: GraphArtifacts, weights: GraphWeights, index: GraphIndex, outputs: ReadonlySet<string>) {
    this.artifacts = artifacts;
    this.weights = weights;
    this.index = index;
    this.outputs = outputs;
  }

  /**
   * Makes the values that go into an activation scale·x + shift, by other weights of the node that makes x: a
   * convolution or MatMul with a bias, or a batch norm, whose weights are plain float32 and whose values and weights
   * nothing else reads.
   *
   * @returns Whether that was possible; if not, nothing has changed.
   */
  fold(activation: GraphNode, scale: readonly number[], shift: readonly number[]): boolean {
    const target = this.targetOf(activation);
    if (target === undefined) return false;
    const { factor, offset } = target;
    if (![factor, offset].every((weight) => this.isOwn(weight))) return false;
    const size = this.spec(offset).shape[0]!;
    const at = (values: readonly number[], i: number): number => values[i % values.length]!;
    const channel = target.outerChannels
      ? (i: number): number => Math.floor(i / (this.size(factor) / size))
      : (i: number): number => i % size;
    this.changed.set(
      nodeName(factor),
      this.values(factor).map((value, i) => value * at(scale, channel(i))),
    );
    this.changed.set(
      nodeName(offset),
      this.values(offset).map((value, i) => value * at(scale, i) + at(shift, i)),
    );
    return true;
  }

  /**
   * Gives a weight other values.
   *
   * @returns Whether that was possible: it must be plain float32, and one node's alone.
   */
  set(input: string, values: Float32Array): boolean {
    if (!this.isOwn(input)) return false;
    this.changed.set(nodeName(input), values);
    return true;
  }

  /** The weights' bytes with the new values in place. */
  data(): io.WeightData {
    if (this.changed.size === 0) return this.artifacts.weightData;
    return this.artifacts.weightSpecs.map(({ name }) => {
      const values = this.changed.get(name);
      return values === undefined ? this.weights.bytes(name) : (values.buffer as ArrayBuffer);
    });
  }

  /** The inputs to be scaled, and to be scaled and shifted. */
  private targetOf(activation: GraphNode): { factor: string; offset: string; outerChannels?: boolean } | undefined {
    const node = readFused(activation) === undefined ? this.onlySource(activation) : activation;
    if (node === undefined || isChannelsFirst(node)) return undefined;
    const inputs = dataInputs(node);
    const fused = readFused(node);
    // A fused node that ends with another activation is a stranger to this one.
    if (fused !== undefined && node !== activation && fused.activation !== undefined) return undefined;
    if (fused?.bias !== undefined)
      return { factor: inputs[1]!, offset: fused.bias, outerChannels: hasOuterChannels(node) };
    if (/^FusedBatchNorm(V[23])?$/.test(node.op)) return { factor: inputs[1]!, offset: inputs[2]! };
    if (node.op !== 'BiasAdd') return undefined;
    const contraction = this.onlySource(node);
    if (
      contraction === undefined ||
      !['Conv2D', 'DepthwiseConv2dNative', 'MatMul'].includes(contraction.op) ||
      isChannelsFirst(contraction)
    )
      return undefined;
    return { factor: dataInputs(contraction)[1]!, offset: inputs[1]!, outerChannels: hasOuterChannels(contraction) };
  }

  /** The node that makes a node's first input, if it makes it for that node alone. */
  private onlySource(node: GraphNode): GraphNode | undefined {
    const [input] = dataInputs(node);
    const source = this.index.source(input);
    return source !== undefined &&
      portOf(input!) === 0 &&
      !this.outputs.has(source.name) &&
      this.index.consumers(source.name).length === 1
      ? source
      : undefined;
  }

  private isOwn(input: string): boolean {
    const spec = this.weights.specs.get(nodeName(input));
    return (
      spec?.dtype === 'float32' &&
      spec.quantization === undefined &&
      !this.outputs.has(spec.name) &&
      this.index.consumers(spec.name).length === 1
    );
  }

  private spec(input: string): io.WeightsManifestEntry {
    return this.weights.specs.get(nodeName(input))!;
  }

  private size(input: string): number {
    return this.spec(input).shape.reduce((a, b) => a * b, 1);
  }

  private values(input: string): Float32Array {
    return this.changed.get(nodeName(input)) ?? new Float32Array(this.weights.bytes(nodeName(input)));
  }
}

/** Whether the output channels are the first axis of the filter, rather than the last. */
function hasOuterChannels(node: GraphNode): boolean {
  return node.op.endsWith('MatMul') && flagAttribute(node, 'transpose_b');
}
