/**
 * What the boundary's pane asks of the worker: a network trained on points, its values on the grid at any (beta, c),
 * and how its boundary bends over beta.
 */
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { replaceActivations } from '@curvature-tuning/layers';
import type { SteerableModel } from '@curvature-tuning/layers';
import type { BackendName } from '../backends.ts';
import { bend, meanCurvature, zeroLines } from '../plane/boundary.ts';
import { GRID, gridPoints } from '../plane/grid.ts';
import { learner, logitsAt, perceptron, shareRight, tensorsOf, variablesOf } from '../plane/perceptron.ts';
import type { PointSet } from '../plane/pointSets.ts';
import { useBackend } from './backend.ts';
import type { TaskTable } from './protocol.ts';

/** Steps between two looks at a network that learns. */
const STEPS_BETWEEN_LOOKS = 20;

/** A network at one curvature: its logits on the grid, and the share of points that it gets right. */
export interface Field {
  values: Float32Array;
  accuracy: number;
}

/** How far training is. */
export interface TrainingProgress extends Field {
  step: number;
  loss: number;
}

/** How the boundary bends at a beta. */
export interface CurvatureAt {
  beta: number;
  curvature: number;
  accuracy: number;
}

/** What the pane may ask. */
export interface BoundaryTasks {
  /** Trains a network, and keeps it for the tasks below. Progress: `TrainingProgress`. */
  trainBoundary: (given: { backend: BackendName; points: PointSet; steps: number; seed: number }) => {
    kernels: string;
    seconds: number;
    loss: number;
  };
  /** The kept network at (beta, c). */
  field: (given: { beta: number; coeff: number }) => Field;
  /** The kept network over betas, at one c. */
  curvatureOverBeta: (given: { betas: readonly number[]; coeff: number }) => CurvatureAt[];
}

interface Kept {
  /** Whose weights the steered one has. */
  model: LayersModel;
  steered: SteerableModel;
  grid: Tensor2D;
  points: Tensor2D;
  labels: Uint8Array;
}
let kept: Kept | undefined;

/** What the worker does for the boundary's pane. */
export const boundaryTasks: TaskTable<BoundaryTasks> = {
  trainBoundary: async ({ backend, points, steps, seed }, { report, signal }) => {
    const kernels = await useBackend(backend);
    forget();
    const began = performance.now();
    const model = perceptron(seed);
    const grid = tensor2d(gridPoints(), [GRID * GRID, 2]);
    const examples = tensorsOf(points);
    const fit = learner(model, variablesOf(model), examples, 0.02);
    let loss = NaN;
    try {
      for (let step = 1; step <= steps; step++) {
        const value = fit.step();
        if (step % STEPS_BETWEEN_LOOKS === 0 || step === steps) {
          // Waiting for a value lets messages through, that of cancelling among them.
          loss = (await value.data())[0]!;
          const values = await logitsAt(model, grid);
          const accuracy = shareRight(await logitsAt(model, examples.x), points.labels);
          report({ step, loss, values, accuracy } satisfies TrainingProgress, [values.buffer]);
          await new Promise((resolve) => setTimeout(resolve));
          signal.throwIfAborted();
        }
        value.dispose();
      }
    } finally {
      fit.dispose();
      examples.y.dispose();
    }
    kept = { model, steered: replaceActivations(model), grid, points: examples.x, labels: points.labels };
    return { kernels, seconds: (performance.now() - began) / 1000, loss };
  },
  field: (at) => fieldAt(at),
  curvatureOverBeta: async ({ betas, coeff }, { signal }) => {
    const found: CurvatureAt[] = [];
    for (const beta of betas) {
      signal.throwIfAborted();
      const { values, accuracy } = await fieldAt({ beta, coeff });
      found.push({ beta, accuracy, curvature: meanCurvature(bend(zeroLines(values))) });
    }
    return found;
  },
};

async function fieldAt({ beta, coeff }: { beta: number; coeff: number }): Promise<Field> {
  if (kept === undefined) throw new Error('train a network first');
  const { steered, grid, points, labels } = kept;
  steered.setBeta(beta);
  steered.setCoeff(coeff);
  const values = await logitsAt(steered.model, grid);
  return { values, accuracy: shareRight(await logitsAt(steered.model, points), labels) };
}

function forget(): void {
  if (kept === undefined) return;
  kept.steered.model.dispose();
  kept.model.dispose();
  kept.grid.dispose();
  kept.points.dispose();
  kept = undefined;
}
