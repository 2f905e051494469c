/**
 * What the panes ask of the worker: a network trained on points, and four copies of it that adapt to others, step by
 * step.
 */
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { BackendName } from '../backends.ts';
import { adaptInFourWays } from '../plane/adapting.ts';
import type { Adapting } from '../plane/adapting.ts';
import { GRID, gridPoints } from '../plane/grid.ts';
import { learner, logitsAt, perceptron, shareRight, tensorsOf, variablesOf } from '../plane/perceptron.ts';
import type { PointSet } from '../plane/pointSets.ts';
import { WAYS } from '../plane/ways.ts';
import type { WayName } from '../plane/ways.ts';
import { useBackend } from './backend.ts';
import type { TaskTable } from './protocol.ts';

/** A network as one way has made it so far. */
export interface WayState {
  parameters: number;
  /** Logits on the grid. */
  values: Float32Array;
  /** Share of the points that are looked at that are on their side. */
  accuracy: number;
  /** Of S-CT, the beta that is ahead. */
  beta: number | null;
}

/** All four. */
export type WayStates = Record<WayName, WayState>;

/** What the panes may ask. */
export interface PanesTasks {
  /** Trains the network that all set out from, and sets out. */
  setOut: (given: {
    backend: BackendName;
    source: PointSet;
    target: PointSet;
    test: PointSet;
    seed: number;
    steps: number;
  }) => { kernels: string; given: number; states: WayStates };
  /** So many steps of each. */
  goOn: (given: { steps: number }) => WayStates;
}

interface Kept {
  ways: Record<WayName, Adapting>;
  target: ReturnType<typeof tensorsOf>;
  test: { x: Tensor2D; labels: Uint8Array };
  grid: Tensor2D;
}
let kept: Kept | undefined;

/** What the worker does for the panes. */
export const panesTasks: TaskTable<PanesTasks> = {
  setOut: async ({ backend, source, target, test, seed, steps }, { signal }) => {
    const kernels = await useBackend(backend);
    forget();
    const base = perceptron(seed);
    const from = tensorsOf(source);
    const fit = learner(base, variablesOf(base), from, 0.02);
    try {
      for (let step = 0; step < steps; step++) {
        const loss = fit.step();
        // Waiting for a value lets messages through, that of cancelling among them.
        if (step % 50 === 0) await loss.data();
        loss.dispose();
        signal.throwIfAborted();
      }
    } finally {
      fit.dispose();
      from.dispose();
    }
    const { x, y } = tensorsOf(test);
    y.dispose();
    const to = tensorsOf(target);
    kept = {
      ways: adaptInFourWays(base, to),
      target: to,
      test: { x, labels: test.labels },
      grid: tensor2d(gridPoints(), [GRID * GRID, 2]),
    };
    const given = shareRight(await logitsAt(base, x), test.labels);
    base.dispose();
    return { kernels, given, states: await states(kept) };
  },
  goOn: async ({ steps }, { signal }) => {
    if (kept === undefined) throw new Error('set out first');
    for (let step = 0; step < steps; step++) {
      signal.throwIfAborted();
      for (const way of Object.values(kept.ways)) way.step();
    }
    return states(kept);
  },
};

async function states({ ways, test, grid }: Kept): Promise<WayStates> {
  const all: Partial<WayStates> = {};
  for (const name of Object.keys(WAYS) as WayName[]) {
    const way = ways[name];
    const model = await way.settle();
    all[name] = {
      parameters: way.parameters,
      values: await logitsAt(model, grid),
      accuracy: shareRight(await logitsAt(model, test.x), test.labels),
      beta: way.beta?.() ?? null,
    };
  }
  return all as WayStates;
}

function forget(): void {
  if (kept === undefined) return;
  for (const way of Object.values(kept.ways)) way.dispose();
  kept.target.dispose();
  kept.test.x.dispose();
  kept.grid.dispose();
  kept = undefined;
}
