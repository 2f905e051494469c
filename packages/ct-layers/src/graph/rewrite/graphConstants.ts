/**
 * The constants that surgery adds to a graph: a node, a weight and its bytes for each, equal ones only once.
 */
import type { io } from '@tensorflow/tfjs-core';
import type { GraphNode } from '../read/graphDef.js';
import { unusedName } from '../../host/unusedName.js';

/** Collects constants. */
export class GraphConstants {
  readonly nodes: GraphNode[] = [];
  readonly specs: io.WeightsManifestEntry[] = [];
  readonly data: ArrayBuffer[] = [];
  private readonly names: Set<string>;
  private readonly byValue = new Map<string, string>();

  /** @param names All names in use; those of the constants are added. */
  constructor(names: Set<string>) {
    this.names = names;
  }

  /** The name of a constant, which is added unless there is one like it. */
  add(
    values: readonly number[] | Float32Array,
    shape: readonly number[],
    dtype: 'float32' | 'int32' = 'float32',
  ): string {
    const data = dtype === 'float32' ? new Float32Array(values) : new Int32Array(values);
    // Large arrays are filters, which differ; to compare them would cost more than it saves.
    const key = data.length > 4096 ? undefined : `${dtype}:${shape.join()}:${data.join()}`;
    const known = key === undefined ? undefined : this.byValue.get(key);
    if (known !== undefined) return known;
    const name = unusedName(`curvature_tuning/constant_${this.specs.length}`, this.names);
    this.names.add(name);
    if (key !== undefined) this.byValue.set(key, name);
    const type = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
    this.nodes.push({
      name,
      op: 'Const',
      attr: {
        dtype: { type },
        value: {
          tensor: { dtype: type, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } },
        } as object,
      },
    });
    this.specs.push({ name, shape: [...shape], dtype });
    this.data.push(data.buffer);
    return name;
  }
}
