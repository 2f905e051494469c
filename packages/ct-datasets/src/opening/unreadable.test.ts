import { dataSet } from '@curvature-tuning/data';
import { expect, it } from 'vitest';
import type { DecodeProgress } from './setProgress.js';
import { withoutUnreadable } from './unreadable.js';

it('keeps what can be read, and names the rest', async () => {
  const damaged = new Error('damaged');
  const set = dataSet({
    labels: [0, 1, 1],
    classes: ['a', 'b'],
    read: (i) => (i === 1 ? Promise.reject(damaged) : { values: Uint8Array.of(i), shape: [1] }),
  });
  const heard: DecodeProgress[] = [];
  const onProgress = (event: DecodeProgress): unknown => heard.push(event);
  const left = await withoutUnreadable(set, (i) => `${i}.png`, { file: 'photos', onProgress });
  expect([...left.set.labels]).toEqual([0, 1]);
  expect((await left.set.example(1)).pixels.values).toEqual(Uint8Array.of(2));
  expect([left.kept, left.unreadable]).toEqual([[0, 2], [{ file: '1.png', reason: damaged }]]);
  expect(heard).toEqual([{ phase: 'decode', file: 'photos', done: 3, total: 3, secondsLeft: 0 }]);
});
