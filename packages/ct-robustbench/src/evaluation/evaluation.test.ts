import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LinearSetting } from '../../test/linearModel.js';
import { linearBatch } from '../../test/linearModel.js';
import { distance } from '../geometry/norm.js';
import { AttackedModel } from '../model/attackedModel.js';
import { readImages } from '../data/readImages.js';
import type { Audit } from './audit.js';
import { allowedNorm } from './audit.js';
import type { AttackProgress, Listeners, Method } from './evaluation.js';
import { Evaluation } from './evaluation.js';
import type { StateStore } from './runState.js';
import { RunState } from './runState.js';
import { planOf } from './versions.js';
import { WarningList } from './warning.js';

const [COUNT, SIZE, EPS] = [10, 100, 0.02];
const attacks = ['apgd-ce', 'fab'] as const;
const plan = planOf('test', {
  norm: 'Linf',
  version: 'custom',
  attacks: [...attacks],
  settings: { 'apgd-ce': { restarts: 1, iterations: 10 }, fab: { restarts: 1, iterations: 15 } },
});

let setting: LinearSetting;
beforeEach(async () => void ({ setting } = await linearBatch(COUNT)));

interface Made {
  evaluation: Evaluation;
  state: RunState;
  audit: Audit;
  heard: AttackProgress[];
  lines: string[];
}

/** An evaluation of the linear setting, image 3 of which has another label than the model says. */
async function made(more: Partial<Method> = {}, store?: StateStore): Promise<Made> {
  const labels = setting.labels.slice();
  labels[3] = (labels[3]! + 1) % 5;
  const read = await readImages('test', setting.images);
  const attacked = new AttackedModel(setting.model, read.shape);
  const [heard, lines]: [AttackProgress[], string[]] = [[], []];
  const listeners: Listeners = { log: (line) => lines.push(line), store, onProgress: (one) => heard.push(one) };
  const state = new RunState({
    key: {},
    answers: null,
    attacks: plan.attacks,
    images: read.data,
    labels,
    classes: 5,
  });
  const stored = await store?.read();
  if (stored !== undefined) state.restore(stored);
  const audit: Audit = { checked: 0, largestNorm: 0, allowedNorm: allowedNorm('Linf', EPS, SIZE), discarded: [] };
  const evaluation = new Evaluation(
    { attacked, read, labels },
    { plan, threat: { norm: 'Linf', eps: EPS, seed: 0 }, batchSize: 4, stopEarly: true, ...more },
    { state, warnings: new WarningList(() => undefined), audit },
    listeners,
  );
  return { evaluation, state, audit, heard, lines };
}

describe('Evaluation', () => {
  it('attacks what is still right, attack after attack; who falls is whom the closed form says', async () => {
    const { evaluation, state, audit } = await made();
    await evaluation.run();
    expect(state.accuracyAfter.clean).toBeCloseTo(0.9, 6);
    expect(state.attacksDone).toEqual([...attacks]);
    setting.distances('Linf').forEach((radius, row) => {
      if (row === 3) expect([state.robust[3], state.fooledBy[3]]).toEqual([0, -1]);
      else if (Math.abs(radius / EPS - 1) > 0.03) expect(state.robust[row], `image ${row}`).toBe(Number(radius > EPS));
    });
    // Accuracy never rises, and ends as the share that is left.
    const shares = [state.accuracyAfter.clean!, ...attacks.map((name) => state.accuracyAfter[name]!)];
    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    expect(shares.at(-1)).toBeCloseTo(state.robust.reduce((sum, flag) => sum + flag, 0) / COUNT, 6);
    expect(audit.discarded).toEqual([]);
    expect(audit.checked).toBe(state.fooledBy.filter((place) => place >= 0).length);
  });

  it('keeps an adversarial example for each that falls, in the ball, and the image for all others', async () => {
    const { evaluation, state } = await made();
    await evaluation.run();
    const clean = (await setting.images.data()) as Float32Array;
    for (let row = 0; row < COUNT; row++) {
      const [a, b] = [clean, state.adversarial].map((all) => all.subarray(row * SIZE, (row + 1) * SIZE));
      const length = distance('Linf', a!, b!);
      if (state.fooledBy[row]! >= 0) expect(length).toBeGreaterThan(0);
      else expect(length).toBe(0);
      expect(length).toBeLessThanOrEqual(EPS * (1 + 1e-5));
    }
  });

  it('reports from the start on, never backwards, and ends with all done', async () => {
    const { evaluation, heard, lines } = await made();
    await evaluation.run();
    expect(heard[0]).toMatchObject({ phase: 'clean', done: 0, total: 3 * COUNT, imagesDone: 0 });
    heard.slice(1).forEach(({ done }, i) => expect(done).toBeGreaterThanOrEqual(heard[i]!.done));
    expect(heard.at(-1)).toMatchObject({ phase: 'fab', done: 3 * COUNT, secondsLeft: 0, attacks: 2 });
    expect(lines[0]).toBe('clean accuracy: 90.00 %');
    expect(lines.at(-1)).toMatch(/^robust accuracy after fab: [\d.]+ % \(/);
  });

  it('goes on from what a store has, to the same findings, and does nothing twice', async () => {
    const whole = await made();
    await whole.evaluation.run();
    const writes: Parameters<StateStore['write']>[0][] = [];
    const keeping: StateStore = {
      read: () => Promise.resolve(writes.at(-1)),
      write: (state) => Promise.resolve(void writes.push(state)),
    };
    await (await made({}, keeping)).evaluation.run();
    // As if it had ended after the first attack.
    const cut = writes.findIndex((_, i) => i > 0 && i === Math.floor(writes.length / 2));
    let kept: Parameters<StateStore['write']>[0] | undefined = writes[cut];
    const resuming: StateStore = {
      read: () => Promise.resolve(kept),
      write: (state) => Promise.resolve(void (kept = state)),
    };
    const { evaluation, state, lines } = await made({}, resuming);
    await evaluation.run();
    expect(lines.some((line) => line.startsWith('clean accuracy'))).toBe(false);
    for (const field of ['robust', 'fooledBy', 'predictions'] as const)
      expect([...state[field]], field).toEqual([...whole.state[field]]);
    const again = await made({}, resuming);
    await again.evaluation.run();
    expect(again.lines).toEqual([]);
    expect(again.heard).toHaveLength(1);
  });
});
