/**
 * How far an evaluation has come: everything that a resumed run needs to end as if it had never been killed.
 */
import {
  canonicalJson,
  checkSeal,
  listOf,
  matching,
  oneOf,
  options,
  parseJson,
  real,
  sealed,
  show,
  unitInterval,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { SafeTensor, SafetensorsFile } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { sameAnswers } from '../model/modelIdentity.js';
import type { AttackName } from './versions.js';
import { ATTACK_NAMES } from './versions.js';

/** Where a run keeps its state; `fileState` of `@curvature-tuning/robustbench/node` is a file. */
export interface StateStore {
  /** The bytes written last; undefined when there are none. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the state, in one piece or not at all. */
  write(bytes: Uint8Array): Promise<void>;
}

export const stateStore: Schema<StateStore> = matching((value): value is StateStore => isStore(value), {
  expects: 'an object with functions read and write, such as fileState(path)',
});

function isStore(value: unknown): boolean {
  const { read, write } = (value ?? {}) as Partial<Record<'read' | 'write', unknown>>;
  return typeof read === 'function' && typeof write === 'function';
}

type PerAttack = Partial<Record<AttackName, number>>;

/** What a stored state says beside the flags. */
interface StoredProgress {
  attacksDone: readonly AttackName[];
  accuracyAfter: PerAttack & { clean?: number };
  seconds: PerAttack;
}

function perAttack(value: Schema<number>): Entries<PerAttack> {
  return Object.fromEntries(ATTACK_NAMES.map((name) => [name, value])) as Entries<PerAttack>;
}
const progressSchema: Schema<StoredProgress> = options<StoredProgress>(
  {
    attacksDone: listOf(oneOf(...ATTACK_NAMES)),
    accuracyAfter: options<StoredProgress['accuracyAfter']>({ ...perAttack(unitInterval), clean: unitInterval }),
    seconds: options<PerAttack>(perAttack(real({ min: 0 }))),
  },
  ['attacksDone', 'accuracyAfter', 'seconds'],
);

const CURE = 'remove it to begin anew';

/** What an evaluation is of. */
export interface Evaluated {
  /** What a run must share with the state it resumes, by name. */
  key: Readonly<Record<string, unknown>>;
  /** Logits of a few images; null when the model gives others each time. */
  answers: Float32Array | null;
  /** The attacks in their order. */
  attacks: readonly AttackName[];
  /** Clean images, one after another. */
  images: Float32Array;
  labels: Int32Array;
  classes: number;
}

/** What is known of each image. */
type Flags = Readonly<Record<'robust' | 'pending' | 'fooledBy' | 'predictions', ArrayLike<number>>>;

/** How far one evaluation has come; made anew, or restored. */
export class RunState {
  /** Attacks that are done, in order. */
  attacksDone: AttackName[] = [];
  /** Share of images that were still classified correctly after each, from `clean` on. */
  accuracyAfter: Partial<Record<AttackName | 'clean', number>> = {};
  seconds: PerAttack = {};
  /** 1 where an image is still classified correctly. */
  readonly robust: Uint8Array;
  /** 1 where the current attack has yet to be run. */
  readonly pending: Uint8Array;
  /** The attack that fooled each image, as its place in the plan; −1: none. */
  readonly fooledBy: Int32Array;
  /** The class of each image or its adversarial example. */
  readonly predictions: Int32Array;
  /** Clean images, and adversarial examples in place of those that were fooled. */
  readonly adversarial: Float32Array;
  private readonly of: Evaluated;
  private readonly key: string;

  constructor(of: Evaluated) {
    const count = of.labels.length;
    this.of = of;
    this.key = canonicalJson(of.key);
    this.adversarial = of.images.slice();
    this.robust = new Uint8Array(count);
    this.pending = new Uint8Array(count);
    this.fooledBy = new Int32Array(count).fill(-1);
    this.predictions = new Int32Array(count).fill(-1);
  }

  /** The state as a .safetensors file: flags of all images, the examples found so far, and a hash over the rest. */
  serialize(): Uint8Array {
    const { robust, pending, fooledBy, predictions, adversarial, of } = this;
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
    if (of.answers !== null) tensors.push(['answers', { dtype: 'F32', shape: [of.answers.length], data: of.answers }]);
    const { key, attacksDone, accuracyAfter, seconds } = this;
    return serializeSafetensors(
      tensors,
      sealed(tensors, { key, progress: JSON.stringify({ attacksDone, accuracyAfter, seconds }) }),
    );
  }

  /**
   * Takes over a stored state; nothing is taken of one that is refused.
   *
   * @throws Error when it is damaged, or belongs to another evaluation: another model, other images, threat, seed or
   * settings.
   */
  restore(bytes: Uint8Array): void {
    const file = this.parse(bytes);
    const { attacksDone, accuracyAfter, seconds } = progressOf(file);
    const read = readerOf(file, this.robust.length);
    const [robust, pending, fooledBy, predictions] = [
      read('robust', 'U8'),
      read('pending', 'U8'),
      read('fooledBy', 'I32'),
      read('predictions', 'I32'),
    ];
    const { answers } = this.of;
    const names = [
      'robust',
      'pending',
      'fooledBy',
      'predictions',
      'examples',
      ...(file.tensors.has('answers') ? ['answers'] : []),
    ];
    const surplus = [...file.tensors.keys()].find((name) => !names.includes(name));
    if (surplus !== undefined) throw damaged(`it has a tensor ${show(surplus)} besides`);
    const stored = file.tensors.get('answers');
    if (answers !== null && (stored?.dtype !== 'F32' || !sameAnswers(stored.data, answers)))
      throw new Error(
        'autoAttack: the state belongs to another model, which gives other logits for the first images; ' +
          'remove it, or pass the model it was made with',
      );
    this.checkFlags({ robust, pending, fooledBy, predictions }, attacksDone.length);
    const found = Array.from(fooledBy).filter((place) => place >= 0).length;
    const size = this.adversarial.length / this.robust.length;
    const examples = readExamples(file, found, size);
    const after = this.checkProgress({ attacksDone, accuracyAfter, seconds }, robust, fooledBy);
    checkSeal('autoAttack', 'the state', file, CURE);
    this.robust.set(robust);
    this.pending.set(pending);
    this.fooledBy.set(fooledBy);
    this.predictions.set(predictions);
    let at = 0;
    this.fooledBy.forEach((attack, row) => {
      if (attack >= 0) this.adversarial.set(examples.subarray(size * at, size * ++at), row * size);
    });
    this.attacksDone = [...attacksDone];
    this.accuracyAfter = after;
    this.seconds = { ...seconds };
  }

  /**
   * Whether another run of the same evaluation has stored as much as this one has done, or more.
   *
   * @throws Error when what is stored is damaged, or of another evaluation.
   */
  isBehind(bytes: Uint8Array): boolean {
    const file = this.parse(bytes);
    const done = progressOf(file).attacksDone.length;
    const left = (flags: Uint8Array | Int32Array): number => Array.from(flags).reduce((sum, flag) => sum + flag, 0);
    if (done !== this.attacksDone.length) return done > this.attacksDone.length;
    // None is left between two attacks, and before the first batch of one.
    const [theirs, own] = [left(readerOf(file, this.robust.length)('pending', 'U8')), left(this.pending)].map(
      (count) => (count === 0 ? Infinity : count),
    );
    return theirs! <= own!;
  }

  private parse(bytes: Uint8Array): SafetensorsFile {
    let file: SafetensorsFile;
    try {
      file = parseSafetensors(bytes);
      for (const [name, reason] of file.skipped) throw new Error(`tensor ${show(name)} cannot be read: ${reason}`);
    } catch (cause) {
      throw new Error(`autoAttack: the state is damaged: ${(cause as Error).message}; ${CURE}`, { cause });
    }
    const surplus = Object.keys(file.metadata).find((key) => !['key', 'progress', 'sha256'].includes(key));
    if (surplus !== undefined) throw damaged(`it has metadata ${show(surplus)} besides`);
    const { key } = file.metadata;
    if (key !== this.key)
      throw new Error(
        `autoAttack: the state belongs to another evaluation\n  stored:  ${key}\n  present: ` +
          `${this.key}\nremove it, or pass the model, images and settings it was made with`,
      );
    return file;
  }

  private checkFlags({ robust, pending, fooledBy, predictions }: Flags, done: number): void {
    const { labels, attacks, classes } = this.of;
    labels.forEach((label, row) => {
      const [isRobust, isPending, place, predicted] = [robust[row]!, pending[row]!, fooledBy[row]!, predictions[row]!];
      const fits =
        isRobust <= 1 &&
        isPending <= isRobust &&
        place >= -1 &&
        place <= done &&
        place < attacks.length &&
        predicted >= -1 &&
        predicted < classes &&
        (isRobust === 1 ? place === -1 && predicted === label : predicted !== label);
      if (!fits)
        throw damaged(
          `the flags of image ${row} contradict each other: robust ${isRobust}, pending ${isPending}, fooledBy ` +
            `${place}, prediction ${predicted} of class ${label}`,
        );
    });
  }

  /** The accuracies as the flags have them. */
  private checkProgress(
    { attacksDone, accuracyAfter, seconds }: StoredProgress,
    robust: ArrayLike<number>,
    fooledBy: ArrayLike<number>,
  ): RunState['accuracyAfter'] {
    const { attacks, labels } = this.of;
    if (attacksDone.some((name, i) => name !== attacks[i]))
      throw damaged(`progress.attacksDone must be the first of ${attacks.join(', ')}, got ${attacksDone.join(', ')}`);
    const after: RunState['accuracyAfter'] = {};
    (['clean', ...attacksDone] as const).forEach((name, done) => {
      let right = 0;
      for (let row = 0; row < labels.length; row++) right += Number(robust[row] === 1 || fooledBy[row]! >= done);
      after[name] = right / labels.length;
    });
    const names = Object.keys({ ...after, ...accuracyAfter }) as (AttackName | 'clean')[];
    const wrong = names.find((name) => after[name] !== accuracyAfter[name]);
    if (wrong !== undefined)
      throw damaged(
        `progress.accuracyAfter.${wrong} must be ${after[wrong]}, as the flags have it, got ${accuracyAfter[wrong]}`,
      );
    const unknown = (Object.keys(seconds) as AttackName[]).find((name) => !attacks.includes(name));
    if (unknown !== undefined) throw damaged(`progress.seconds has ${unknown}, which is not run`);
    return after;
  }
}

function damaged(what: string): Error {
  return new Error(`autoAttack: the state is damaged: ${what}; ${CURE}`);
}

function progressOf({ metadata }: SafetensorsFile): StoredProgress {
  return parseJson('autoAttack', "the state's progress", metadata['progress'] ?? '', progressSchema);
}

function readerOf(
  { tensors }: SafetensorsFile,
  count: number,
): (name: string, dtype: 'U8' | 'I32') => Uint8Array | Int32Array {
  return (name, dtype) => {
    const found = tensors.get(name);
    if (found === undefined) throw damaged(`it has no tensor "${name}"`);
    if (found.dtype !== dtype || found.shape.length !== 1 || found.shape[0] !== count)
      throw damaged(
        `tensor "${name}" must be ${dtype} of shape [${count}], got ${found.dtype} of shape ` +
          `[${found.shape.join(', ')}]`,
      );
    return found.data;
  };
}

function readExamples({ tensors }: SafetensorsFile, count: number, size: number): Float32Array {
  const found = tensors.get('examples');
  if (found === undefined) throw damaged('it has no tensor "examples"');
  if (found.dtype !== 'F32' || found.shape.join() !== `${count},${size}`)
    throw damaged(
      `tensor "examples" must be F32 of shape [${count}, ${size}], got ${found.dtype} of shape ` +
        `[${found.shape.join(', ')}]`,
    );
  const examples = found.data;
  const pixel = examples.find((value) => !(value >= 0 && value <= 1));
  if (pixel !== undefined) throw damaged(`tensor "examples" must hold pixels in [0, 1], got ${pixel}`);
  return examples;
}
