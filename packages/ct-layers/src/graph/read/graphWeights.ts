/**
 * The weights of a graph: which there are, and where their bytes lie.
 */
import { io } from '@tensorflow/tfjs-core';
import { shown } from './checkGraph.js';

/** Bytes a number, by the types that tfjs reads. */
const BYTES = new Map([
  ['float32', 4],
  ['int32', 4],
  ['complex64', 8],
  ['bool', 1],
]);
const QUANTISED = new Map([
  ['uint8', 1],
  ['uint16', 2],
  ['float16', 2],
]);

/** Reads weights; the bytes are shared, not copied. */
export class GraphWeights {
  readonly specs: ReadonlyMap<string, io.WeightsManifestEntry>;
  /** Where the last weight ends. */
  private readonly end: number;
  private readonly ranges: ReadonlyMap<string, readonly [first: number, end: number]>;
  private readonly buffer: io.CompositeArrayBuffer;

  /**
   * @throws Error that names the weight whose type, shape or quantisation tfjs could not read, or whose data is
   * missing.
   */
  constructor(caller: string, specs: readonly io.WeightsManifestEntry[], data: io.WeightData) {
    this.buffer = new io.CompositeArrayBuffer(data);
    const ranges = new Map<string, readonly [number, number]>();
    let offset = 0;
    specs.forEach((spec, i) => {
      checkSpec(caller, spec, i);
      if (ranges.has(spec.name)) throw new Error(`${caller}: two weights are called "${spec.name}"`);
      const size = spec.shape.reduce((a, b) => a * b, 1);
      const end =
        spec.dtype === 'string'
          ? this.endOfTexts(caller, spec.name, offset, size)
          : offset + size * (QUANTISED.get(spec.quantization?.dtype ?? '') ?? BYTES.get(spec.dtype)!);
      if (!(end <= this.byteLength)) throw missing(caller, spec, [offset, end], this.byteLength);
      ranges.set(spec.name, [offset, end]);
      offset = end;
    });
    this.ranges = ranges;
    this.end = offset;
    this.specs = new Map(specs.map((spec) => [spec.name, spec]));
  }

  private get byteLength(): number {
    return this.buffer.byteLength ?? 0;
  }

  /** The data without what no weight needs, so that more can be put behind it. */
  trimmed(data: io.WeightData): io.WeightData {
    return this.end === this.byteLength ? data : this.buffer.slice(0, this.end);
  }

  /** The bytes of a weight as they are stored. */
  bytes(name: string): ArrayBuffer {
    return this.buffer.slice(...this.ranges.get(name)!);
  }

  /** The values of a weight of whole numbers, if there is one and it is not long. */
  wholes(name: string): number[] | undefined {
    const spec = this.specs.get(name);
    if (spec?.dtype !== 'int32' || spec.shape.reduce((a, b) => a * b, 1) > 64) return undefined;
    const { quantization } = spec;
    if (quantization === undefined) return [...new Int32Array(this.bytes(name))];
    const stored =
      quantization.dtype === 'uint8' ? new Uint8Array(this.bytes(name)) : new Uint16Array(this.bytes(name));
    return Array.from(stored, (value) => Math.round(value * quantization.scale! + quantization.min!));
  }

  /** Where texts end: each is its length, 4 bytes little-endian, and its bytes. */
  private endOfTexts(caller: string, name: string, first: number, count: number): number {
    let end = first;
    for (let i = 0; i < count; i++) {
      if (end + 4 > this.byteLength)
        throw new Error(
          `${caller}: the data ends within text ${i} of the weight "${name}"; load the model with all its weights`,
        );
      end += 4 + new DataView(this.buffer.slice(end, end + 4)).getUint32(0, true);
    }
    return end;
  }
}

function checkSpec(caller: string, spec: unknown, index: number): void {
  const { name, dtype, shape } = (spec ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`${caller}: weight ${index} must be an object with name, shape and dtype, got ${shown(spec)}`);
  const problem = (field: string, expected: string, got: unknown): TypeError =>
    new TypeError(`${caller}: ${field} of the weight "${name}" must be ${expected}, got ${shown(got)}`);
  if (dtype !== 'string' && !BYTES.has(dtype as string))
    throw problem('dtype', 'float32, int32, bool, string or complex64', dtype);
  if (
    !Array.isArray(shape) ||
    !shape.every((size) => Number.isInteger(size) && (size as number) >= 0) ||
    !Number.isSafeInteger(8 * shape.reduce((a: number, b: number) => a * b, 1))
  )
    throw problem('shape', 'a list of sizes', shape);
  if (!Object.hasOwn(spec as object, 'quantization')) return;
  const { quantization } = spec as Record<string, unknown>;
  const { dtype: stored, scale, min } = (quantization ?? {}) as Record<string, unknown>;
  if (!QUANTISED.has(stored as string)) throw problem('quantization.dtype', 'uint8, uint16 or float16', quantization);
  if (dtype !== 'float32' && !(dtype === 'int32' && stored !== 'float16'))
    throw problem('dtype', `one that can be quantised to ${String(stored)}`, dtype);
  if (stored !== 'float16' && !(Number.isFinite(scale) && Number.isFinite(min)))
    throw problem('quantization', 'an object with numbers as scale and min', quantization);
}

function missing(
  caller: string,
  { name, shape, dtype, quantization }: io.WeightsManifestEntry,
  [first, end]: readonly [first: number, end: number],
  byteLength: number,
): Error {
  return new Error(
    `${caller}: the weight "${name}" (${quantization?.dtype ?? dtype} [${shape.join(', ')}]) lies in ` +
      `bytes ${first} to ${end}, and there are ${byteLength}; load the model with all its weights`,
  );
}
