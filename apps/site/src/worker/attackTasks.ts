/**
 * What the pane of attacks asks of the worker: the bundled network on digits that it was not trained on, attacked one
 * by one, or many over beta.
 */
import { loadDigits } from '@curvature-tuning/datasets';
import type { ImageSet } from '@curvature-tuning/datasets';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import { signTest } from '@curvature-tuning/robustbench';
import { AttackLab } from '../attack/attackLab.ts';
import type { AttackedAt, AttackedImage, Which } from '../attack/attackLab.ts';
import type { BackendName } from '../backends.ts';
import { useBackend } from './backend.ts';
import type { InputSize } from './imagesTasks.ts';
import type { TaskTable } from './protocol.ts';

const NETWORK = 'resnet14.mnist';
/** Images that batch normalisation is calibrated to, without their labels. */
const CALIBRATED_ON = 200;
/** Images that can be attacked: the first of the test set, none of which is calibrated to. */
const MOST_ATTACKED = 100;

/** What the pane may ask. */
export interface AttackTasks {
  /** Loads the bundled network and digits. */
  openAttack: (given: { backend: BackendName }) => {
    kernels: string;
    inputSize: InputSize;
    images: number;
    calibratedOn: number;
  };
  /** Attacks one image. */
  attackImage: (given: { which: Which; index: number; eps: number }) => AttackedImage;
  /** Attacks the first images in each of some networks; progress is an `AttackProgress`. */
  attackOver: (given: { networks: readonly Which[]; count: number; eps: number }) => null;
}

/** A network that was attacked, and how likely chance alone makes it differ as much from the control, beta 1. */
export interface Measured extends AttackedAt {
  /** Null before the control was attacked. */
  p: number | null;
}

/** How far the attacks over beta are: what is done of all, 0 to 1, and a network that was attacked to the end. */
export interface AttackProgress {
  share: number;
  at: Measured | null;
}

let lab: AttackLab | undefined;

/** What the worker does for the pane of attacks. */
export const attackTasks: TaskTable<AttackTasks> = {
  openAttack: async ({ backend }) => {
    const kernels = await useBackend(backend);
    lab?.dispose();
    const { mean, std, inputShape: inputSize } = pretrainedWeights[NETWORK]!;
    const [model, { train, test }] = await Promise.all([loadPretrained(NETWORK), loadDigits()]);
    lab = new AttackLab({
      model,
      preprocessing: { inputSize, mean, std },
      images: pixelsOf(test, MOST_ATTACKED),
      labels: [...test.labels.subarray(0, MOST_ATTACKED)],
      unlabelled: pixelsOf(train, CALIBRATED_ON),
    });
    return { kernels, inputSize, images: MOST_ATTACKED, calibratedOn: CALIBRATED_ON };
  },
  attackImage: ({ which, index, eps }, { signal }) => open().attackImage(which, index, { eps, signal }),
  attackOver: async ({ networks, count, eps }, { signal, report }) => {
    let control: readonly boolean[] | null = null;
    for (const [done, which] of networks.entries()) {
      const tell = (share: number, at: Measured | null): void =>
        report({ share: (done + share) / networks.length, at } satisfies AttackProgress);
      const at = await open().attack(which, count, { eps, signal, onProgress: (share) => tell(share, null) });
      if (which === 1) control = at.withstands;
      tell(1, {
        ...at,
        p: control === null ? null : signTest(only(at.withstands, control), only(control, at.withstands)),
      });
    }
    return null;
  },
};

function open(): AttackLab {
  if (lab === undefined) throw new Error('open the network first');
  return lab;
}

/** How many of the images the one withstands and the other does not. */
function only(one: readonly boolean[], other: readonly boolean[]): number {
  return one.filter((withstands, i) => withstands && !other[i]!).length;
}

/** The first images of a set, pixels in [0, 1]. */
function pixelsOf({ images, shape }: ImageSet, count: number): Float32Array[] {
  const size = shape[0] * shape[1] * shape[2];
  return Array.from({ length: count }, (_, i) =>
    Float32Array.from(images.subarray(i * size, (i + 1) * size), (byte) => byte / 255),
  );
}
