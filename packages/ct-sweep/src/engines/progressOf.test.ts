import { expect, it, vi } from 'vitest';
import { hashOfCell } from '../cell/cell.js';
import { SweepMeter } from './progressOf.js';

const planned = [4, 3, 2, 1].map((cost, seed) => {
  const cell = { kind: 'noise', version: 1, spec: { seed } };
  return { cell, hash: hashOfCell(cell), cost };
});

it('estimates by expected costs, and counts the shares of what runs', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const meter = new SweepMeter(planned);
    const [first, second, third, fourth] = planned.map(({ hash }) => hash) as [string, string, string, string];
    const done = new Set<string>([third]);
    const failed = new Set<string>();
    // Done before: it tells nothing of the pace.
    expect(meter.progress(done, failed)).toMatchObject({
      done: 1,
      total: 4,
      failed: 0,
      secondsLeft: null,
      running: [],
    });
    meter.begin(first);
    vi.advanceTimersByTime(10_000);
    meter.reach(first, 0.5);
    // 2 of 8 in 10 s; 6 are left.
    expect(meter.progress(done, failed).secondsLeft).toBeCloseTo(30, 6);
    expect(meter.progress(done, failed).running).toEqual([{ hash: first, title: 'noise: seed 0', share: 0.5 }]);
    meter.end(first);
    for (const hash of [first, second]) done.add(hash);
    failed.add(fourth);
    expect(meter.progress(done, failed)).toMatchObject({ done: 3, failed: 1, secondsLeft: 0 });
  } finally {
    vi.useRealTimers();
  }
});
