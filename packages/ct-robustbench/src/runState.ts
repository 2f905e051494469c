/**
 * How far an evaluation has come: everything that a resumed run needs to end as if it had never been killed.
 */
import { matching } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { AttackName } from './versions.js';

/** Where a run keeps its state; `fileState` of `@curvature-tuning/robustbench/node` is a file. */
export interface StateStore {
  /** The bytes written last; undefined when there are none. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the state, in one piece or not at all. */
  write(bytes: Uint8Array): Promise<void>;
}

export const stateStore: Schema<StateStore> = matching((value): value is StateStore => isStore(value), { expects: 'an object with functions read and write, such as fileState(path)' });

function isStore(value: unknown): boolean {
  const { read, write } = (value ?? {}) as Partial<Record<'read' | 'write', unknown>>;
  return typeof read === 'function' && typeof write === 'function';
}

export class RunState {
  /** Attacks that are done, in order. */
  attacksDone: AttackName[] = [];
  /** Share of images that were still classified correctly after each. */
  accuracyAfter: Partial<Record<AttackName | 'clean', number>> = {};
  seconds: Partial<Record<AttackName, number>> = {};
  /** 1 where an image is still classified correctly. */
  readonly robust: Uint8Array;
  /** 1 where the current attack has yet to be run. */
  readonly pending: Uint8Array;
  /** The attack that fooled each image, as its place in the plan; −1: none. */
  readonly fooledBy: Int32Array;
  /** The class of each image or its adversarial example. */
  readonly predictions: Int32Array;
  readonly key: string;
  readonly adversarial: Float32Array;

  /**
   * @param key What a run must share with the state it resumes.
   * @param adversarial Clean images, and adversarial examples in place of those that were fooled.
   */
  constructor(key: string, adversarial: Float32Array, count: number) {
    this.key = key;
    this.adversarial = adversarial;
    this.robust = new Uint8Array(count);
    this.pending = new Uint8Array(count);
    this.fooledBy = new Int32Array(count).fill(-1);
    this.predictions = new Int32Array(count).fill(-1);
  }

  /** The state as a .safetensors file: flags of all images, and the examples found so far. */
  serialize(): Uint8Array {
    const { robust, pending, fooledBy, predictions, adversarial } = this;
    const count = robust.length;
    const size = adversarial.length / count;
    const found = Int32Array.from(fooledBy.keys()).filter((row) => fooledBy[row]! >= 0);
    const examples = new Float32Array(found.length * size);
    found.forEach((row, i) => examples.set(adversarial.subarray(row * size, (row + 1) * size), i * size));
    const tensors: [string, SafeTensor][] = [
      ['robust', { dtype: 'U8', shape: [count], data: robust }],
      ['pending', { dtype: 'U8', shape: [count], data: pending }],
      ['fooledBy', { dtype: 'I32', shape: [count], data: fooledBy }],
      ['predictions', { dtype: 'I32', shape: [count], data: predictions }],
      ['examples', { dtype: 'F32', shape: [found.length, size], data: examples }],
    ];
    const { key, attacksDone, accuracyAfter, seconds } = this;
    return serializeSafetensors(tensors, { key, progress: JSON.stringify({ attacksDone, accuracyAfter, seconds }) });
  }

  /**
   * Takes over a stored state.
   *
   * @throws Error when it belongs to another evaluation: other images, threat, seed or settings.
   */
  restore(bytes: Uint8Array): void {
    const { tensors, metadata } = parseSafetensors(bytes);
    if (metadata.key !== this.key) {
      throw new Error(`autoAttack: the state belongs to another evaluation\n  stored:  ${metadata.key}\n  present: ${this.key}\nremove it, or pass the settings it was made with`);
    }
    const read = (name: string): ArrayLike<number> => (tensors.get(name) as { data: ArrayLike<number> }).data;
    this.robust.set(read('robust'));
    this.pending.set(read('pending'));
    this.fooledBy.set(read('fooledBy'));
    this.predictions.set(read('predictions'));
    const examples = read('examples');
    const size = this.adversarial.length / this.robust.length;
    let at = 0;
    this.fooledBy.forEach((attack, row) => {
      if (attack < 0) return;
      for (let i = 0; i < size; i++) this.adversarial[row * size + i] = examples[at++]!;
    });
    Object.assign(this, JSON.parse(metadata.progress!));
  }
}
