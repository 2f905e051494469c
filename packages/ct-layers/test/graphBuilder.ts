/**
 * Writes GraphModels as tensorflowjs_converter would, for tests.
 */
import * as tf from '@tensorflow/tfjs';
import type { AttrValue, GraphDef, GraphNode } from '../src/graph/read/graphDef.js';
import { textList } from '../src/graph/read/graphDef.js';

export const ints = (...i: number[]): AttrValue => ({ list: { i: i.map(String) } });
export const text = (s: string): AttrValue => ({ s: btoa(s) });

export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  private readonly specs: tf.io.WeightsManifestEntry[] = [];
  private readonly data: ArrayBuffer[] = [];

  /** A placeholder; null for unknown sizes. */
  input(name: string, shape: (number | null)[], type = 'DT_FLOAT'): string {
    return this.node('Placeholder', name, [], {
      dtype: { type },
      shape: { shape: { dim: shape.map((size) => ({ size: String(size ?? -1) })) } },
    });
  }

  /** A weight, drawn from a normal distribution unless given. Quantised ones take a byte a number. */
  weight(
    name: string,
    shape: number[],
    values?: readonly number[] | Float32Array,
    dtype: 'float32' | 'int32' | 'bool' = 'float32',
    quantised = false,
  ): string {
    const random = (): Float32Array =>
      tf.tidy(() =>
        tf
          .randomNormal(shape, 0, 0.7, 'float32', this.specs.length + 1)
          .dataSync<'float32'>()
          .slice(),
      );
    const numbers = values ?? random();
    this.node('Const', name, [], {});
    if (quantised) {
      const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
      const scale = (high - low) / 255;
      this.specs.push({ name, shape, dtype, quantization: { min: low, scale, dtype: 'uint8' } });
      this.data.push(Uint8Array.from(numbers, (v) => Math.round((v - low) / scale)).buffer);
    } else {
      this.specs.push({ name, shape, dtype });
      this.data.push(
        dtype === 'bool'
          ? Uint8Array.from(numbers).buffer
          : dtype === 'int32'
            ? Int32Array.from(numbers).buffer
            : Float32Array.from(numbers).buffer,
      );
    }
    return name;
  }

  node(op: string, name: string, input: string[], attr: Record<string, AttrValue> = {}): string {
    this.nodes.push({
      name,
      op,
      ...(input.length > 0 && { input }),
      attr: { ...attr, ...(op !== 'Placeholder' && { T: { type: 'DT_FLOAT' } }) },
    });
    return name;
  }

  /** A convolution or MatMul with what TensorFlow fuses into it: `ops` as in the attribute `fused_ops`. */
  fused(
    op: string,
    name: string,
    x: string,
    filter: string,
    ops: string[],
    extra: string[] = [],
    attr: Record<string, AttrValue> = {},
  ): string {
    const common =
      op === '_FusedMatMul'
        ? {}
        : { strides: ints(1, 1, 1, 1), padding: text('SAME'), data_format: text('NHWC'), dilations: ints(1, 1, 1, 1) };
    return this.node(op, name, [x, filter, ...extra], {
      ...common,
      fused_ops: textList(ops),
      num_args: { i: String(extra.length) },
      ...attr,
    });
  }

  artifacts(more: { outputs?: string[]; library?: GraphDef['library'] } = {}): tf.io.ModelArtifacts {
    const { outputs, library } = more;
    return {
      modelTopology: { node: this.nodes, versions: { producer: 440, minConsumer: 22 }, ...(library && { library }) },
      weightSpecs: this.specs,
      weightData: tf.io.CompositeArrayBuffer.join(this.data),
      format: 'graph-model',
      ...(outputs && {
        signature: { outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0` }])) },
      }),
    };
  }
}
